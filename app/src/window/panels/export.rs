//! The export dialog: format and options on the left, what the file will look like and how large it will be on the right.

use egui::{
    Button, Checkbox, Color32, ComboBox, DragValue, Grid, Rect, RichText, ScrollArea, Slider, TextEdit, Ui, pos2, vec2,
};
use hummingbird_engine::pipeline::video_out::{
    Crop, Embed, Format, GIF_COLOURS, GifDither, MAX_PLAYS, Order, Plays, Quality, Scale,
};

use super::dialogs::{buttons, path_field};
use super::textures::Textures;
use super::widgets::sentence;
use crate::language::tr;
use crate::sentences::in_words;
use crate::units::bytes;
use crate::window::commands::command::{Command, ExportCommand};
use crate::window::state::State;
use crate::window::state::exports::Sample;
use crate::window::state::settings::ExportPreferences;
use crate::window::state::view::DialogKind;

/// Width of the dialog, of its options, and of the picture, in points.
const WIDTH: f32 = 800.0;
const OPTIONS_WIDTH: f32 = 470.0;

/// Parts of the picture that the dialog offers.
fn crops() -> [(String, Crop); 6] {
    [
        (tr!("export-crop-whole"), Crop::Whole),
        (tr!("export-crop-square"), Crop::Shape(1, 1)),
        (tr!("export-crop-wide"), Crop::Shape(16, 9)),
        (tr!("export-crop-upright"), Crop::Shape(9, 16)),
        (tr!("export-crop-portrait"), Crop::Shape(4, 5)),
        (tr!("export-crop-cinema"), Crop::Shape(21, 9)),
    ]
}

/// Sizes that the dialog offers.
fn scales() -> Vec<(String, Scale)> {
    let named = [
        (tr!("export-scale-original"), Scale::Original),
        (tr!("export-scale-half"), Scale::Percent(50)),
        (tr!("export-scale-double"), Scale::Percent(200)),
        (tr!("export-scale-four"), Scale::Percent(400)),
    ];
    let sides = [320, 480, 720, 1280].map(|side| (tr!("export-scale-longest", side = side), Scale::Longest(side)));
    named.into_iter().chain(sides).collect()
}

/// The dialog for one clip; `(path, replace, problem)` are what is typed of it.
pub fn page(
    ui: &mut Ui,
    state: &State,
    textures: &Textures,
    (path, replace, problem): (&str, bool, Option<&str>),
    out: &mut Vec<Command>,
) {
    let room = ui.ctx().content_rect().size();
    ui.set_width(WIDTH.min(room.x - 60.0));
    ui.heading(tr!("export-title"));
    ui.horizontal(|ui| {
        let label = ui.label(tr!("export-save-as")).id;
        path_field(ui, state, path, label, out);
    });
    let height = (room.y - 230.0).clamp(160.0, 420.0);
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(OPTIONS_WIDTH.min(ui.available_width() * 0.6));
            ScrollArea::vertical().id_salt("export options").max_height(height).auto_shrink([false, true]).show(
                ui,
                |ui| {
                    options(ui, state, out);
                    trim_row(ui, state, out);
                },
            );
        });
        ui.add_space(12.0);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            result(ui, state, textures, height, out);
        });
    });
    replace_row(ui, replace, out);
    if let Some(problem) = problem {
        ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
    }
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("export-confirm")), &tr!("export-cancel"), out);
}

/// Whether a file of that name gives way.
pub fn replace_row(ui: &mut Ui, replace: bool, out: &mut Vec<Command>) {
    let mut replacing = replace;
    if ui.checkbox(&mut replacing, tr!("export-replace")).changed() {
        out.push(Command::SetReplace(replacing));
    }
}

/// Presets, format and everything that formats share.
pub fn options(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let before = &state.exports.preferences;
    let mut options = before.clone();
    Grid::new("export").num_columns(2).spacing(vec2(12.0, 6.0)).show(ui, |ui| {
        presets_row(ui, state, out);
        choice(ui, &tr!("export-format"), "format", &mut options.format, &formats());
        if options.format.has_quality() {
            quality_row(ui, &mut options);
        }
        if options.format == Format::Gif {
            let dithers = [
                (tr!("export-dither-none"), GifDither::None),
                (tr!("export-dither-ordered"), GifDither::Ordered),
                (tr!("export-dither-diffusion"), GifDither::FloydSteinberg),
            ];
            choice(ui, &tr!("export-dither"), "dither", &mut options.dither, &dithers);
            let label = ui.label(tr!("export-colours")).id;
            ui.add(Slider::new(&mut options.colours, GIF_COLOURS).logarithmic(true)).labelled_by(label);
            ui.end_row();
        }
        choice(ui, &tr!("export-crop"), "crop", &mut options.crop, &crops());
        choice(ui, &tr!("export-scale"), "scale", &mut options.scale, &scales());
        let orders = [(tr!("export-order-forward"), Order::Forward), (tr!("export-order-ping-pong"), Order::PingPong)];
        choice(ui, &tr!("export-order"), "order", &mut options.order, &orders);
        plays_row(ui, &mut options);
        limit_row(ui, &mut options);
    });
    let mut embed = before.embed == Embed::Provenance;
    if ui.checkbox(&mut embed, tr!("export-embed")).on_hover_text(tr!("export-embed.tooltip")).changed() {
        out.push(Command::SetEmbed(embed));
    }
    if options.format != before.format {
        out.push(Command::SetFormat(options.format));
    }
    if options != *before {
        out.push(Command::Export(ExportCommand::Options(Box::new(options))));
    }
}

fn formats() -> Vec<(String, Format)> {
    let text = |format: Format| format!("{} (.{})", in_words(&format), format.ending());
    Format::ALL.iter().map(|format| (text(*format), *format)).collect()
}

/// A row with a list; what is set and not in the list stands above it.
fn choice<T: PartialEq + Clone>(ui: &mut Ui, label: &str, salt: &str, value: &mut T, values: &[(String, T)]) {
    let id = ui.label(label).id;
    let shown = values.iter().find(|(_, it)| it == value).map_or_else(|| tr!("export-other"), |(name, _)| name.clone());
    let combo = ComboBox::from_id_salt(salt).selected_text(shown).width(260.0).show_ui(ui, |ui| {
        for (name, it) in values {
            ui.selectable_value(value, it.clone(), name);
        }
    });
    combo.response.labelled_by(id);
    ui.end_row();
}

fn quality_row(ui: &mut Ui, options: &mut ExportPreferences) {
    let label = ui.label(tr!("export-loss")).id;
    let mut crf = options.quality.crf();
    let slider = Slider::new(&mut crf, 0..=Quality::WORST);
    ui.add(slider).on_hover_text(tr!("export-loss.tooltip")).labelled_by(label);
    options.quality = Quality::new(crf).unwrap_or_default();
    ui.end_row();
}

fn plays_row(ui: &mut Ui, options: &mut ExportPreferences) {
    let label = ui.label(tr!("export-plays")).id;
    ui.horizontal(|ui| {
        let mut endless = options.plays == Plays::Endless;
        let text = if options.format.counts_plays() { tr!("export-plays-ever") } else { tr!("export-plays-once") };
        if ui.checkbox(&mut endless, text).changed() {
            options.plays = if endless { Plays::Endless } else { Plays::Times(2) };
        }
        if let Plays::Times(times) = &mut options.plays {
            let suffix = tr!("export-plays-times", count = *times);
            ui.add(DragValue::new(times).range(1..=MAX_PLAYS).suffix(suffix)).labelled_by(label);
        }
    });
    ui.end_row();
}

fn limit_row(ui: &mut Ui, options: &mut ExportPreferences) {
    let label = ui.label(tr!("export-limit")).id;
    ui.horizontal(|ui| {
        let mut limited = options.limit.is_some();
        if ui.add(Checkbox::new(&mut limited, "")).labelled_by(label).changed() {
            options.limit = limited.then_some(80);
        }
        if let Some(limit) = &mut options.limit {
            let mut megabytes = f64::from(*limit) / 10.0;
            let value = DragValue::new(&mut megabytes).range(0.1..=10_000.0).speed(0.1).max_decimals(1).suffix(" MB");
            ui.add(value).on_hover_text(tr!("export-limit.tooltip")).labelled_by(label);
            *limit = (megabytes * 10.0).round() as u32;
        }
    });
    ui.end_row();
}

fn presets_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let label = ui.label(tr!("export-preset")).id;
    let built_in = ExportPreferences::built_in_presets();
    let own = &state.exports.preferences.presets;
    ui.horizontal(|ui| {
        let combo = ComboBox::from_id_salt("preset").selected_text(tr!("export-preset-choose")).width(150.0).show_ui(
            ui,
            |ui| {
                for (index, preset) in built_in.iter().chain(own).enumerate() {
                    if ui.selectable_label(false, &preset.name).clicked() {
                        out.push(Command::Export(ExportCommand::UsePreset(index)));
                    }
                }
            },
        );
        combo.response.labelled_by(label);
        let menu = ui.menu_button(tr!("export-keep"), |ui| {
            let mut name = state.exports.preset_name.clone();
            let field = ui.add(TextEdit::singleline(&mut name).hint_text(tr!("export-keep-name")).desired_width(150.0));
            if field.changed() {
                out.push(Command::Export(ExportCommand::SetPresetName(name.clone())));
            }
            if ui.add_enabled(!name.trim().is_empty(), Button::new(tr!("export-keep-options"))).clicked() {
                out.push(Command::Export(ExportCommand::KeepPreset));
                ui.close();
            }
            for (index, preset) in own.iter().enumerate() {
                if ui.button(tr!("export-keep-remove", name = &preset.name)).clicked() {
                    out.push(Command::Export(ExportCommand::RemovePreset(index)));
                    ui.close();
                }
            }
        });
        menu.response.on_hover_text(tr!("export-keep.tooltip"));
    });
    ui.end_row();
}

fn trim_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    if state.results.playback.range.is_none() {
        ui.label(RichText::new(tr!("export-trim-hint")).small().weak());
        return;
    }
    let (first, last) = state.results.playback.played(state.shown_frames());
    let mut trims = state.exports.trims;
    let text = tr!("export-trim", first = first + 1, last = last + 1);
    if ui.checkbox(&mut trims, text).changed() {
        out.push(Command::Export(ExportCommand::SetTrim(trims)));
    }
}

/// The picture, and what is known of the file.
fn result(ui: &mut Ui, state: &State, textures: &Textures, height: f32, out: &mut Vec<Command>) {
    let sampling = &state.exports.sampling;
    let space = vec2(ui.available_width(), (height - 70.0).max(80.0));
    let (rect, response) = ui.allocate_exact_size(space, egui::Sense::hover());
    ui.painter().rect_filled(rect, 4.0, Color32::from_gray(20));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, tr!("export-picture")));
    if let Some((texture, size)) = textures.sample() {
        let scale = (rect.width() / size.x).min(rect.height() / size.y);
        let place = Rect::from_center_size(rect.center(), size * scale);
        let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), place, all, Color32::WHITE);
    }
    match (&sampling.under_way, &sampling.made) {
        (Some(_), _) => drop(ui.label(RichText::new(tr!("export-measuring")).weak())),
        (None, Some((_, Ok(sample)))) => drop(ui.label(RichText::new(size_text(sample)).strong())),
        (None, Some((_, Err(error)))) => drop(ui.colored_label(ui.visuals().warn_fg_color, sentence(error))),
        (None, None) => {}
    }
    if let Some(sample) = sampling.shown() {
        ui.label(RichText::new(sample_text(sample)).small().weak());
    }
    // A dialog without a sample is one that was just opened, or whose clip has gone.
    if matches!(state.view.dialog, Some(DialogKind::Export { result, .. }) if state.results.get(result).is_none()) {
        out.push(Command::CloseDialog);
    }
}

fn size_text(sample: &Sample) -> String {
    let size = bytes(sample.bytes);
    if sample.is_whole { size } else { tr!("export-about", size = size) }
}

fn sample_text(sample: &Sample) -> String {
    let [count, height, width] = sample.clip;
    let secs = count as f64 / f64::from(sample.settings.fps.max(1));
    let secs = format!("{secs:.1}");
    let mut text = tr!("export-sample", width = width, height = height, count = count, secs = secs);
    if sample.settings.format.has_quality() {
        text += " · ";
        text += &tr!("export-sample-loss", loss = sample.settings.quality.crf());
    }
    if sample.settings.format == Format::Gif {
        text += " · ";
        text += &tr!("export-sample-colours", count = sample.settings.colours);
    }
    text
}
