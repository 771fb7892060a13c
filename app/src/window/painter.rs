//! Which graphics adapter draws the window: the first, in an order that is remembered, that draws.
//!
//! A driver may be there and fail: its device cannot be opened, is lost at once, or takes the process with it. So each adapter draws
//! something small first, and one that was taken and then showed no picture is tried after the others at the next start.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use hummingbird_engine::Folders;
use hummingbird_engine::kept::{self, Kept, Read};
use serde::{Deserialize, Serialize};
use wgpu::{Adapter, AdapterInfo, Device, DeviceDescriptor, DeviceType, PollType, Queue, Surface};

use crate::language::tr;
use crate::sentences::{error_in_words, in_words};

/// How long a small picture may take: a driver on the processor compiles for it first.
const PATIENCE: Duration = Duration::from_secs(10);
/// Adapters that are remembered as failed; the oldest are forgotten.
const MOST_FAILED: usize = 8;
/// Starts that an adapter rests which failed once; twice as often each time after that.
const RESTS: u32 = 5;
/// It rests no longer than for so many times of failing.
const MOST_TIMES: u32 = 6;

/// The choice, before the window opens and after.
#[derive(Clone)]
pub struct Painter {
    file: Option<PathBuf>,
    /// Those that did not draw at this start, with the reason, and the one that does.
    chosen: Arc<Mutex<Option<Choice>>>,
    /// Why none draws.
    refusal: Arc<Mutex<Option<String>>>,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    name: String,
    key: String,
    failed: Vec<(String, String)>,
    /// Whether the file says that it has not drawn yet.
    is_noted: bool,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Painters {
    /// The adapter of a window that has not drawn yet, or had not when its process ended.
    drawing: Option<String>,
    /// Adapters that failed, the last one last.
    failed: Vec<Failed>,
}

/// An adapter that failed. It need not be to blame, as when the power went: so it is tried in its own place again after some starts, more
/// of them each time that it fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Failed {
    key: String,
    times: u32,
    /// Starts until it is tried in its own place again.
    rests: u32,
}

impl Kept for Painters {}

/// An adapter, as far as its place in the order goes.
#[derive(Clone, Debug)]
struct Candidate {
    name: String,
    key: String,
    kind: DeviceType,
}

impl Candidate {
    fn of(info: AdapterInfo) -> Self {
        let AdapterInfo { name, driver, driver_info, backend, device_type: kind, .. } = info;
        let key = format!("{name}, {driver} {driver_info}, {backend}");
        Self { name: format!("{name} ({backend})"), key, kind }
    }

    /// The fastest first: a card draws large windows of large screens best.
    fn rank(&self) -> u8 {
        match self.kind {
            DeviceType::DiscreteGpu => 0,
            DeviceType::IntegratedGpu => 1,
            DeviceType::VirtualGpu | DeviceType::Other => 2,
            DeviceType::Cpu => 3,
        }
    }
}

impl Painter {
    /// That of a user; without folders nothing is remembered.
    pub fn of(folders: Option<&Folders>) -> Self {
        let file = folders.map(|folders| folders.cache.join("painter.json"));
        Self { file, chosen: Arc::default(), refusal: Arc::default() }
    }

    /// How the window is to be drawn.
    pub fn configuration(&self) -> WgpuConfiguration {
        let mut setup = WgpuSetupCreateNew::without_display_handle();
        let (painter, descriptor) = (self.clone(), Arc::clone(&setup.device_descriptor));
        setup.native_adapter_selector = Some(Arc::new(move |adapters, surface| {
            let adapters: Vec<&Adapter> = adapters.iter().filter(|adapter| shows(adapter, surface)).collect();
            let candidates = adapters.iter().map(|adapter| Candidate::of(adapter.get_info())).collect::<Vec<_>>();
            let index = painter.choose(&candidates, |index| draws(adapters[index], &descriptor(adapters[index])))?;
            Ok(adapters[index].clone())
        }));
        WgpuConfiguration { wgpu_setup: WgpuSetup::CreateNew(setup), ..WgpuConfiguration::default() }
    }

    /// Place of the first that draws.
    fn choose(&self, candidates: &[Candidate], draws: impl Fn(usize) -> Result<(), String>) -> Result<usize, String> {
        let mut kept = self.read();
        let lost = kept.drawing.take();
        lost.iter().for_each(|lost| kept.note(lost));
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        let rests = |index: usize| kept.failed.iter().any(|it| it.key == candidates[index].key && it.rests > 0);
        order.sort_by_key(|&index| (rests(index), candidates[index].rank()));
        let mut failed: Vec<(String, String)> = Vec::new();
        for &index in &order {
            let Candidate { name, key, .. } = &candidates[index];
            match draws(index) {
                Ok(()) => {
                    let of_lost = |it: &&Candidate| it.key != *key && lost.as_ref() == Some(&it.key);
                    failed.extend(
                        candidates.iter().find(of_lost).map(|it| (it.name.clone(), tr!("window-painter-before"))),
                    );
                    // With one adapter there is nothing to choose at the next start.
                    let is_noted = candidates.len() > 1;
                    if is_noted {
                        kept.drawing = Some(key.clone());
                        self.write(&kept);
                    }
                    let choice = Choice { name: name.clone(), key: key.clone(), failed, is_noted };
                    *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = Some(choice);
                    return Ok(index);
                }
                Err(reason) => {
                    log::warn!("{name} does not draw the window: {reason}");
                    kept.note(key);
                    failed.push((name.clone(), reason));
                }
            }
        }
        let reasons = failed.iter().map(|(name, reason)| format!("{name}: {reason}")).collect::<Vec<_>>();
        let refusal = if reasons.is_empty() { "there is no graphics driver".to_owned() } else { reasons.join("; ") };
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal.clone());
        Err(refusal)
    }

    /// Why no adapter draws the window, where none does.
    pub fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The window has drawn: who draws it works. What the user is told, where that is not the best adapter.
    pub fn has_drawn(&self) -> Option<String> {
        let choice = self.chosen.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        if choice.is_noted {
            let mut kept = self.read();
            kept.has_drawn(&choice.key);
            self.write(&kept);
        }
        let (failed, reason) = choice.failed.into_iter().next()?;
        Some(tr!("window-painter", failed = failed, reason = reason, name = choice.name))
    }

    fn read(&self) -> Painters {
        // What cannot be read says nothing of adapters.
        let read = self.file.as_ref().and_then(|file| kept::read::<Painters>(file).ok());
        read.map(|Read { value, .. }| value).unwrap_or_default()
    }

    fn write(&self, painters: &Painters) {
        if let Some(file) = &self.file
            && let Err(error) = kept::write(file, painters)
        {
            log::warn!("{}", in_words(&error));
        }
    }
}

impl Painters {
    fn note(&mut self, key: &str) {
        let before = self.failed.iter().find(|it| it.key == key).map_or(0, |it| it.times);
        let times = (before + 1).min(MOST_TIMES);
        self.failed.retain(|it| it.key != key);
        self.failed.push(Failed { key: key.to_owned(), times, rests: RESTS << (times - 1) });
        let too_many = self.failed.len().saturating_sub(MOST_FAILED);
        self.failed.drain(..too_many);
    }

    /// This one has drawn the window.
    fn has_drawn(&mut self, key: &str) {
        self.drawing = None;
        self.failed.retain(|it| it.key != key);
        self.failed.iter_mut().for_each(|it| it.rests = it.rests.saturating_sub(1));
    }
}

/// Whether an adapter can show pictures on the window.
fn shows(adapter: &Adapter, surface: Option<&Surface<'_>>) -> bool {
    surface.is_none_or(|surface| adapter.is_surface_supported(surface))
}

/// Draws a small picture.
fn draws(adapter: &Adapter, descriptor: &DeviceDescriptor<'_>) -> Result<(), String> {
    let opened = pollster::block_on(adapter.request_device(descriptor));
    let (device, queue) = opened.map_err(|error| error_in_words(&error))?;
    let problem = Arc::new(Mutex::new(None));
    let note = |text: String, problem: &Mutex<Option<String>>| {
        problem.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
    };
    let of_errors = Arc::clone(&problem);
    device.on_uncaptured_error(Arc::new(move |error| note(error_in_words(&error), &of_errors)));
    let of_loss = Arc::clone(&problem);
    device.set_device_lost_callback(move |why, detail| {
        // It is closed on purpose below.
        if why != wgpu::DeviceLostReason::Destroyed {
            note(detail, &of_loss);
        }
    });
    let waited = draw(&device, &queue);
    let problem = problem.lock().unwrap_or_else(PoisonError::into_inner).take();
    problem.map_or(waited, Err)
}

fn draw(device: &Device, queue: &Queue) -> Result<(), String> {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("trial"),
        size: wgpu::Extent3d { width: 16, height: 16, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    drop(encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("trial"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::GREEN), store: wgpu::StoreOp::Store },
        })],
        ..Default::default()
    }));
    let submission_index = Some(queue.submit([encoder.finish()]));
    let waited = device.poll(PollType::Wait { submission_index, timeout: Some(PATIENCE) });
    waited.map(drop).map_err(|error| error_in_words(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(kinds: &[(&str, DeviceType)]) -> Vec<Candidate> {
        let candidate = |&(name, kind): &(&str, DeviceType)| {
            let name = name.to_owned();
            Candidate { key: name.clone(), name, kind }
        };
        kinds.iter().map(candidate).collect()
    }

    #[test]
    fn the_next_adapter_draws_where_one_fails_and_says_so() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let folders = Folders::at(folder.path());
        let all = candidates(&[
            ("software", DeviceType::Cpu),
            ("chip", DeviceType::IntegratedGpu),
            ("card", DeviceType::DiscreteGpu),
        ]);
        let start = |lost: &[usize]| {
            let painter = Painter::of(Some(&folders));
            let index = painter.choose(&all, |index| match lost.contains(&index) {
                true => Err("parent device is lost".to_owned()),
                false => Ok(()),
            });
            (painter, index)
        };
        let (painter, index) = start(&[]);
        assert_eq!((index, painter.has_drawn()), (Ok(2), None));
        let (painter, index) = start(&[2]);
        let said = painter.has_drawn().expect("the card does not draw");
        assert!(index == Ok(1) && said.contains("card") && said.contains("chip"), "{said}");
        assert!(said.contains("parent device is lost"), "{said}");
        assert_eq!(painter.has_drawn(), None, "it is told once");
        // It is not even tried at the next starts, and nothing is said of it again.
        for _ in 1..RESTS {
            let (painter, index) = start(&[]);
            assert_eq!((index, painter.has_drawn()), (Ok(1), None));
        }
        let (painter, index) = start(&[]);
        assert_eq!((index, painter.has_drawn()), (Ok(2), None), "it has its own place again");
        // The process ends before there was a picture: the next start says so, and leaves the adapter alone.
        assert_eq!(start(&[]).1, Ok(2));
        let (painter, index) = start(&[]);
        let said = painter.has_drawn().expect("the card ended the program");
        assert!(index == Ok(1) && said.contains("card") && said.contains("earlier start"), "{said}");
        assert_eq!(start(&[]).1, Ok(1));
        let (painter, index) = start(&[]);
        assert!(index == Ok(0) && painter.has_drawn().is_some(), "card and chip have failed");
        // Failed ones are still taken where nothing else draws.
        let (painter, index) = start(&[0]);
        assert!(index == Ok(2) && painter.has_drawn().is_some());
        let (painter, index) = start(&[0, 1, 2]);
        let error = index.expect_err("none draws");
        assert!(error.contains("card: parent device is lost") && painter.has_drawn().is_none(), "{error}");
        assert_eq!(painter.refusal(), Some(error));
    }

    #[test]
    fn one_that_fails_again_and_again_rests_ever_longer() {
        let mut painters = Painters::default();
        let rests = |painters: &Painters| painters.failed.iter().map(|it| it.rests).collect::<Vec<_>>();
        painters.note("card");
        assert_eq!(rests(&painters), [RESTS]);
        painters.note("card");
        assert_eq!(rests(&painters), [2 * RESTS]);
        (0..100).for_each(|_| painters.note("card"));
        assert_eq!(rests(&painters), [RESTS << (MOST_TIMES - 1)]);
        painters.has_drawn("chip");
        assert_eq!(rests(&painters), [(RESTS << (MOST_TIMES - 1)) - 1]);
        painters.has_drawn("card");
        assert_eq!(painters, Painters::default());
    }

    #[test]
    fn one_adapter_leaves_no_file_and_odd_files_are_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let folders = Folders::at(folder.path());
        let painter = Painter::of(Some(&folders));
        let one = candidates(&[("card", DeviceType::DiscreteGpu)]);
        assert_eq!(painter.choose(&one, |_| Ok(())), Ok(0));
        assert_eq!(painter.has_drawn(), None);
        let file = painter.file.clone().expect("there are folders");
        assert!(!file.exists());
        std::fs::create_dir_all(&folders.cache).expect("writable");
        std::fs::write(&file, "nonsense").expect("writable");
        assert_eq!(painter.choose(&one, |_| Ok(())), Ok(0));
        assert!(painter.choose(&[], |_| Ok(())).expect_err("there is none").contains("no graphics driver"));
        let mut painters = Painters::default();
        (0..20).for_each(|number| painters.note(&number.to_string()));
        assert_eq!((painters.failed.len(), painters.failed[0].key.as_str()), (MOST_FAILED, "12"));
    }

    #[test]
    fn adapters_of_this_machine_draw() {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
        for adapter in adapters {
            let descriptor = (WgpuSetupCreateNew::without_display_handle().device_descriptor)(&adapter);
            assert_eq!(draws(&adapter, &descriptor), Ok(()));
            // A device that asks for what the driver does not have cannot be opened, and the driver says why.
            let limits = wgpu::Limits { max_texture_dimension_2d: u32::MAX, ..wgpu::Limits::default() };
            let refused = draws(&adapter, &DeviceDescriptor { required_limits: limits, ..descriptor });
            assert!(refused.is_err_and(|reason| !reason.is_empty()));
        }
    }
}
