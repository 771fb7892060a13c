//! The clip in the middle of the window, as large as it fits.

use egui::{Align2, Color32, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::first_steps::invitation;
use super::textures::Textures;
use crate::language::tr;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::Shown;
use crate::window::state::settings::Scaling;

/// The clip, or what to do to get one.
pub fn preview_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let space = ui.available_rect_before_wrap();
    match textures.preview().filter(|_| state.shown().is_some()) {
        Some((texture, [width, height])) => {
            let rect = fit(space, width as f32, height as f32, state.view.scaling, ui.ctx().pixels_per_point());
            // Zoomed in, the clip takes all of the space, and a part of it is seen.
            let zoom = state.view.zoom;
            let seen = if zoom > 1.0 { space } else { rect };
            let [across, down] = state.view.middle;
            let rect =
                Rect::from_min_size(space.center() - vec2(across, down) * rect.size() * zoom, rect.size() * zoom);
            let response = ui.allocate_rect(seen, if zoom > 1.0 { Sense::click_and_drag() } else { Sense::click() });
            let frames = state.shown_frames();
            let text = tr!("player-picture", frame = state.results.playback.frame + 1, frames = frames);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
            ui.painter().with_clip_rect(seen).image(
                texture.id(),
                rect,
                Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
                Color32::WHITE,
            );
            if response.clicked() {
                out.push(Command::Run(Action::PlayPause));
            }
            if response.double_clicked() {
                out.push(Command::Run(Action::OnlyClip));
            }
            if response.dragged() && response.drag_delta() != Vec2::ZERO {
                let by = -response.drag_delta() / rect.size();
                out.push(Command::MoveView([by.x, by.y]));
            }
            let wheel = if response.hovered() { ui.input(|input| input.smooth_scroll_delta().y) } else { 0.0 };
            if wheel != 0.0 {
                out.push(Command::Zoom((wheel / 240.0).exp2()));
            }
        }
        None if state.results.shown == Shown::Live && state.jobs.busy() => waiting(ui, space),
        None => invitation(ui, state, out),
    }
}

/// The largest rectangle of the clip's shape inside `space`. Sharp pixels keep a whole number of screen pixels each, where
/// there is room for at least one.
fn fit(space: Rect, width: f32, height: f32, scaling: Scaling, pixels_per_point: f32) -> Rect {
    let mut scale = (space.width() / width).min(space.height() / height).max(0.01);
    let whole = (scale * pixels_per_point).floor() / pixels_per_point;
    if scaling == Scaling::Sharp && whole > 0.0 {
        scale = whole;
    }
    Rect::from_center_size(space.center(), vec2(width * scale, height * scale))
}

fn waiting(ui: &mut Ui, space: Rect) {
    let text = tr!("player-waiting");
    ui.allocate_rect(space, Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    let colour = ui.visuals().weak_text_color();
    ui.painter().text(space.center(), Align2::CENTER_CENTER, text, FontId::proportional(16.0), colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_fit_and_sharp_pixels_are_whole() {
        let space = Rect::from_min_size(pos2(10.0, 20.0), vec2(700.0, 500.0));
        let smooth = fit(space, 96.0, 64.0, Scaling::Smooth, 1.0);
        assert!((smooth.width() - 700.0).abs() < 0.01 && (smooth.height() - 466.67).abs() < 0.01);
        let sharp = fit(space, 96.0, 64.0, Scaling::Sharp, 1.0);
        assert_eq!((sharp.width(), sharp.height()), (672.0, 448.0));
        // On a screen with two pixels a point, half a point is a whole pixel.
        assert_eq!(fit(space, 64.0, 64.0, Scaling::Sharp, 2.0).width(), 480.0);
        // A clip larger than the window is made smaller either way.
        assert!(fit(space, 2048.0, 1024.0, Scaling::Sharp, 1.0).width() <= 700.0);
        assert_eq!(fit(space, 96.0, 64.0, Scaling::Sharp, 1.0).center(), space.center());
    }
}
