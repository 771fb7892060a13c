//! How often the window is drawn while a job runs where the processor draws it.
//!
//! There a picture takes a tenth of a second on the cores that the job computes on, and egui asks for one after each event: a key that goes
//! up, a pointer that moves, the picture after a picture. A wait between pictures cannot be asked of eframe, so its event loop is ours:
//! [`Paced`] withholds what asks for a picture, as a compositor does for a window that is covered. Meanwhile eframe runs the
//! application's logic without drawing, four times a second, and keeps what was typed for the next picture.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use eframe::UserEvent;
use egui::Context;
use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, ElementState, StartCause, WindowEvent};
use winit::event_loop::ActiveEventLoop;
use winit::keyboard::{Key, NamedKey};
use winit::window::WindowId;

use super::shell::SOFTWARE_WAIT;

/// Pictures that what a person does may have at once: in the first the panels see it, the second shows what it did.
const OF_A_PERSON: u32 = 2;

/// What the application knows and the event loop has to know.
#[derive(Debug, Default)]
pub struct Pace {
    /// Whether a job runs and the processor draws the window.
    spares: AtomicBool,
    /// Pictures that do not wait.
    at_once: AtomicU32,
}

impl Pace {
    /// Whether pictures wait from now on.
    pub fn spare(&self, spares: bool) {
        self.spares.store(spares, Ordering::Relaxed);
    }

    /// Something has happened that is no progress: a job began, ended or failed, a file is there. It is shown at once.
    pub fn hurry(&self) {
        self.allow(1);
    }

    fn allow(&self, pictures: u32) {
        self.at_once.fetch_max(pictures, Ordering::Relaxed);
    }

    /// How long a picture still has to wait that is asked for so long after the last one; `None` takes one of those that need not.
    fn wait(&self, since_last: Option<Duration>) -> Option<Duration> {
        if self.take_one() || !self.spares.load(Ordering::Relaxed) {
            return None;
        }
        SOFTWARE_WAIT.checked_sub(since_last?).filter(|wait| !wait.is_zero())
    }

    fn take_one(&self) -> bool {
        self.at_once.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// eframe's application, whose pictures wait as [`Pace`] says.
pub struct Paced<A> {
    app: A,
    pace: Arc<Pace>,
    /// The window's context, once there is one.
    context: Arc<OnceLock<Context>>,
    /// When the last picture was done.
    last: Option<Instant>,
}

impl<A> Paced<A> {
    /// `app` at this pace.
    pub fn new(app: A, pace: Arc<Pace>, context: Arc<OnceLock<Context>>) -> Self {
        Self { app, pace, context, last: None }
    }
}

impl<A: ApplicationHandler<UserEvent>> ApplicationHandler<UserEvent> for Paced<A> {
    fn window_event(&mut self, event_loop: &ActiveEventLoop, window: WindowId, event: WindowEvent) {
        if !matches!(event, WindowEvent::RedrawRequested) {
            if is_of_a_person(&event) {
                self.pace.allow(OF_A_PERSON);
            }
            return self.app.window_event(event_loop, window, event);
        }
        let wait = self.pace.wait(self.last.map(|last| last.elapsed()));
        if let (Some(wait), Some(context)) = (wait, self.context.get()) {
            return context.request_repaint_after(wait);
        }
        self.app.window_event(event_loop, window, event);
        self.last = Some(Instant::now());
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: UserEvent) {
        if matches!(event, UserEvent::AccessKitActionRequest(_)) {
            self.pace.allow(OF_A_PERSON);
        }
        self.app.user_event(event_loop, event);
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        self.app.resumed(event_loop);
    }

    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        self.app.new_events(event_loop, cause);
    }

    fn device_event(&mut self, event_loop: &ActiveEventLoop, device: DeviceId, event: DeviceEvent) {
        self.app.device_event(event_loop, device, event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.app.about_to_wait(event_loop);
    }

    fn suspended(&mut self, event_loop: &ActiveEventLoop) {
        self.app.suspended(event_loop);
    }

    fn exiting(&mut self, event_loop: &ActiveEventLoop) {
        self.app.exiting(event_loop);
    }

    fn memory_warning(&mut self, event_loop: &ActiveEventLoop) {
        self.app.memory_warning(event_loop);
    }
}

/// Whether a person waits for what this event does. Not so for a key that goes up or a pointer that passes.
fn is_of_a_person(event: &WindowEvent) -> bool {
    match event {
        WindowEvent::KeyboardInput { event, .. } => {
            event.state == ElementState::Pressed && !is_modifier(&event.logical_key)
        }
        WindowEvent::CursorMoved { .. }
        | WindowEvent::CursorEntered { .. }
        | WindowEvent::CursorLeft { .. }
        | WindowEvent::AxisMotion { .. }
        | WindowEvent::ModifiersChanged(_)
        | WindowEvent::RedrawRequested => false,
        _ => true,
    }
}

/// Whether this key alone does nothing here.
fn is_modifier(key: &Key) -> bool {
    use NamedKey::{Alt, AltGraph, Control, Shift, Super};
    matches!(key, Key::Named(Alt | AltGraph | Control | Shift | Super))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_wait_only_while_a_job_runs_and_never_for_a_person() {
        let pace = Pace::default();
        let (just_now, long_ago) = (Some(Duration::from_millis(100)), Some(SOFTWARE_WAIT));
        assert_eq!(pace.wait(just_now), None, "no job runs");
        pace.spare(true);
        assert_eq!(pace.wait(just_now), Some(SOFTWARE_WAIT - Duration::from_millis(100)));
        assert_eq!((pace.wait(long_ago), pace.wait(None)), (None, None), "the first, and one that has waited");
        // What is pressed is seen and shown, and so is the end of a job; what is pressed twice before a picture is seen in one.
        pace.allow(OF_A_PERSON);
        pace.allow(OF_A_PERSON);
        pace.hurry();
        assert_eq!((pace.wait(just_now), pace.wait(just_now)), (None, None));
        assert!(pace.wait(just_now).is_some());
        pace.hurry();
        assert_eq!(pace.wait(just_now), None);
        assert!(pace.wait(just_now).is_some());
        pace.spare(false);
        assert_eq!(pace.wait(just_now), None);
    }
}
