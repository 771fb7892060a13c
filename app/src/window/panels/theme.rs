//! The look: one accent colour, three palettes, spacing.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme, Ui, Visuals, vec2,
};

use crate::window::state::settings::ThemeChoice;
use crate::window::state::view::Level;

/// Width of what is said about a clip of the library, in points.
pub const DETAILS_WIDTH: f32 = 280.0;
/// Margin inside panels, in points.
pub const PANEL_MARGIN: i8 = 12;

struct Palette {
    panel: Color32,
    stage: Color32,
    field: Color32,
    button: Color32,
    hovered: Color32,
    border: Color32,
    text: Color32,
    weak: Color32,
    strong: Color32,
    accent: Color32,
    on_accent: Color32,
    chosen: Color32,
    on_chosen: Color32,
    warning: Color32,
    error: Color32,
}

static DARK: Palette = Palette {
    panel: Color32::from_rgb(27, 30, 34),
    stage: Color32::from_rgb(18, 20, 23),
    field: Color32::from_rgb(18, 20, 23),
    button: Color32::from_rgb(43, 48, 54),
    hovered: Color32::from_rgb(56, 62, 69),
    border: Color32::from_rgb(58, 64, 71),
    text: Color32::from_rgb(214, 220, 226),
    weak: Color32::from_rgb(150, 159, 168),
    strong: Color32::from_rgb(245, 248, 250),
    accent: Color32::from_rgb(45, 196, 168),
    on_accent: Color32::from_rgb(4, 32, 27),
    chosen: Color32::from_rgb(22, 86, 76),
    on_chosen: Color32::from_rgb(202, 248, 238),
    warning: Color32::from_rgb(247, 186, 72),
    error: Color32::from_rgb(255, 122, 112),
};

static LIGHT: Palette = Palette {
    panel: Color32::from_rgb(248, 249, 250),
    stage: Color32::from_rgb(231, 234, 237),
    field: Color32::from_rgb(255, 255, 255),
    button: Color32::from_rgb(231, 234, 237),
    hovered: Color32::from_rgb(218, 223, 227),
    border: Color32::from_rgb(200, 206, 212),
    text: Color32::from_rgb(38, 44, 50),
    weak: Color32::from_rgb(96, 105, 114),
    strong: Color32::from_rgb(12, 16, 20),
    accent: Color32::from_rgb(8, 127, 109),
    on_accent: Color32::from_rgb(255, 255, 255),
    chosen: Color32::from_rgb(196, 236, 227),
    on_chosen: Color32::from_rgb(4, 74, 63),
    warning: Color32::from_rgb(150, 90, 0),
    error: Color32::from_rgb(186, 32, 32),
};

/// For whom low contrast hides things: black, white and two colours that are far from both.
static HIGH_CONTRAST: Palette = Palette {
    panel: Color32::from_rgb(0, 0, 0),
    stage: Color32::from_rgb(0, 0, 0),
    field: Color32::from_rgb(0, 0, 0),
    button: Color32::from_rgb(22, 22, 22),
    hovered: Color32::from_rgb(48, 48, 48),
    border: Color32::from_rgb(255, 255, 255),
    text: Color32::from_rgb(255, 255, 255),
    weak: Color32::from_rgb(224, 224, 224),
    strong: Color32::from_rgb(255, 255, 255),
    accent: Color32::from_rgb(255, 230, 0),
    on_accent: Color32::from_rgb(0, 0, 0),
    chosen: Color32::from_rgb(255, 230, 0),
    on_chosen: Color32::from_rgb(0, 0, 0),
    warning: Color32::from_rgb(255, 200, 90),
    error: Color32::from_rgb(255, 168, 160),
};

/// The palette that a style was dressed in; the ground of its panels tells.
fn palette(visuals: &Visuals) -> &'static Palette {
    let worn = [&HIGH_CONTRAST, &DARK, &LIGHT].into_iter().find(|palette| palette.panel == visuals.panel_fill);
    worn.unwrap_or(if visuals.dark_mode { &DARK } else { &LIGHT })
}

/// Sets fonts, spacing and colours, and follows the user's choice. Where the processor draws the window, `in_software`, nothing slides and
/// no cursor blinks: each picture of either takes it from what computes.
pub fn choose(ctx: &Context, choice: ThemeChoice, reduced_motion: bool, in_software: bool) {
    let dark = if choice == ThemeChoice::HighContrast { &HIGH_CONTRAST } else { &DARK };
    for (theme, palette) in [(Theme::Dark, dark), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            dress(style, palette);
            style.animation_time = if reduced_motion || in_software { 0.0 } else { Style::default().animation_time };
            style.visuals.text_cursor.blink = !in_software;
        });
    }
    ctx.set_theme(match choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark | ThemeChoice::HighContrast => egui::ThemePreference::Dark,
    });
}

fn dress(style: &mut Style, palette: &Palette) {
    for (name, size) in
        [(TextStyle::Small, 12.0), (TextStyle::Body, 14.0), (TextStyle::Button, 14.0), (TextStyle::Heading, 19.0)]
    {
        style.text_styles.insert(name, FontId::new(size, FontFamily::Proportional));
    }
    style.text_styles.insert(TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace));
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(8.0, 4.0);
    spacing.interact_size = vec2(28.0, 26.0);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.slider_rail_height = 4.0;
    spacing.tooltip_width = 320.0;
    let visuals = &mut style.visuals;
    recolour(visuals, palette);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
}

fn recolour(visuals: &mut Visuals, palette: &Palette) {
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.border);
    visuals.extreme_bg_color = palette.field;
    visuals.faint_bg_color = palette.stage;
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.chosen;
    visuals.selection.stroke = Stroke::new(1.0, palette.on_chosen);
    let widgets = &mut visuals.widgets;
    let all = [
        (&mut widgets.noninteractive, palette.panel, palette.border, palette.text),
        (&mut widgets.inactive, palette.button, palette.border, palette.text),
        (&mut widgets.hovered, palette.hovered, palette.accent, palette.strong),
        (&mut widgets.active, palette.hovered, palette.accent, palette.strong),
        (&mut widgets.open, palette.hovered, palette.border, palette.strong),
    ];
    for (widget, fill, border, text) in all {
        widget.weak_bg_fill = fill;
        widget.bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, border);
        widget.fg_stroke = Stroke::new(1.2, text);
        widget.corner_radius = CornerRadius::same(6);
        widget.expansion = 0.0;
    }
    // What has the keyboard must be seen without looking for it.
    widgets.active.bg_stroke.width = 2.0;
}

/// The accent colour.
pub fn accent(ui: &Ui) -> Color32 {
    palette(ui.visuals()).accent
}

/// Text on the accent colour.
pub fn on_accent(ui: &Ui) -> Color32 {
    palette(ui.visuals()).on_accent
}

/// The ground that clips are shown on.
pub fn stage(ui: &Ui) -> Color32 {
    palette(ui.visuals()).stage
}

/// The colour of a message.
pub fn level_colour(ui: &Ui, level: Level) -> Color32 {
    let palette = palette(ui.visuals());
    match level {
        Level::Info => palette.accent,
        Level::Warning => palette.warning,
        Level::Error => palette.error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance by WCAG 2.
    fn luminance(colour: Color32) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    /// Contrast ratio by WCAG 2, 1 to 21.
    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
        // The grey that the guideline's examples call just enough on white.
        assert!((contrast(Color32::from_rgb(118, 118, 118), Color32::WHITE) - 4.54).abs() < 0.01);
    }

    /// Every text on every ground that it stands on: 4.5 is level AA, 7 is level AAA.
    #[test]
    fn texts_can_be_read_in_every_theme() {
        for (name, palette, least) in [("dark", &DARK, 4.5), ("light", &LIGHT, 4.5), ("contrast", &HIGH_CONTRAST, 7.0)]
        {
            let pairs = [
                ("text on panels", palette.text, palette.panel),
                ("text on the stage", palette.text, palette.stage),
                ("text in fields", palette.text, palette.field),
                ("text on buttons", palette.text, palette.button),
                ("text on hovered buttons", palette.strong, palette.hovered),
                ("weak text on panels", palette.weak, palette.panel),
                ("weak text on the stage", palette.weak, palette.stage),
                ("hints in fields", palette.weak, palette.field),
                ("weak text on buttons", palette.weak, palette.button),
                ("headings", palette.strong, palette.panel),
                ("the main button", palette.on_accent, palette.accent),
                ("what is chosen", palette.on_chosen, palette.chosen),
                ("links and good news", palette.accent, palette.panel),
                ("warnings", palette.warning, palette.panel),
                ("warnings on the stage", palette.warning, palette.stage),
                ("errors", palette.error, palette.panel),
                ("errors on the stage", palette.error, palette.stage),
                ("errors in fields", palette.error, palette.field),
            ];
            for (what, text, ground) in pairs {
                let ratio = contrast(text, ground);
                assert!(ratio >= least, "{name}, {what}: {ratio:.2} is less than {least}");
            }
            // What can be used is told from its ground: 3 is level AA for that, by its border or by its filling.
            let seen = contrast(palette.accent, palette.panel);
            assert!(seen >= 3.0, "{name}: what has the keyboard is seen at {seen:.2} only");
        }
    }

    #[test]
    fn a_style_knows_its_palette() {
        for chosen in [&DARK, &LIGHT, &HIGH_CONTRAST] {
            let mut style = Style::default();
            dress(&mut style, chosen);
            assert!(std::ptr::eq(palette(&style.visuals), chosen));
        }
    }
}
