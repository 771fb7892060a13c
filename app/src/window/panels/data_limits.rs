//! Limits on the data page: a histogram with two sliders and a share for each column with numbers, and reasons with their counts.

use egui::{
    Button, Checkbox, CollapsingHeader, Label, Rect, RichText, Role, Sense, Slider, Ui, WidgetInfo, pos2, vec2,
};
use hummingbird_engine::data::filter::{BY_HAND, Column, ERROR_REASON, FilterSummary};

use super::data::push;
use super::data_words::{column_name, number, reason_in_words};
use super::theme;
use crate::language::tr;
use crate::window::commands::command::{Command, DataCommand};
use crate::window::state::State;
use crate::window::state::data_view::{Choice, ColumnLimits, Histogram, Listed, Listing};

/// Height of a histogram, in points.
const HEIGHT: f32 = 36.0;
/// Room for the number beside a slider, in points.
const VALUE_WIDTH: f32 = 84.0;

/// Limits and reasons.
pub fn limits_tab(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let data = &state.data;
    let Some(arranged) = &data.arranged else { return };
    let mut wanted = data.choice.clone();
    let summary = &arranged.summary;
    ui.label(RichText::new(tr!("data-count", kept = summary.kept, count = summary.rows)).strong());
    reasons(ui, state, summary, &mut wanted, out);
    ui.separator();
    for histogram in &arranged.histograms {
        column(ui, histogram, &mut wanted);
    }
    let unknown = Checkbox::new(&mut wanted.keep_unknown, tr!("data-keep-unknown"));
    ui.add(unknown).on_hover_text(tr!("data-keep-unknown.tooltip"));
    let has_limits = !wanted.limits.is_empty() || !wanted.ignored.is_empty();
    if ui.add_enabled(has_limits, Button::new(tr!("data-no-limits"))).clicked() {
        wanted = Choice::default();
    }
    if wanted != data.choice {
        push(out, DataCommand::Choose(wanted));
    }
}

/// Each reason with its clips; a box that is not ticked lets it drop nothing.
fn reasons(ui: &mut Ui, state: &State, summary: &FilterSummary, wanted: &mut Choice, out: &mut Vec<Command>) {
    if summary.reasons.is_empty() {
        ui.label(RichText::new(tr!("data-nothing-dropped")).weak());
        return;
    }
    ui.label(RichText::new(tr!("data-reasons")).small().weak());
    for reason in &summary.reasons {
        let words = reason_in_words(&reason.reason);
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.x = 20.0;
            // What cannot be read is never kept, and what was dropped by hand is brought back by hand.
            let can_ignore = ![ERROR_REASON, BY_HAND].contains(&reason.reason.as_str()) && !is_of_limit(&reason.reason);
            let mut drops = !reason.ignored;
            let tick = ui.add_enabled(can_ignore, Checkbox::without_text(&mut drops));
            let tick = tick.on_hover_text(tr!("data-reason-drops"));
            let tick = tick.accessible_name(tr!("data-reason-drops.name", reason = words.as_str()));
            if tick.changed() {
                if drops {
                    wanted.ignored.remove(&reason.reason);
                } else {
                    wanted.ignored.insert(reason.reason.clone());
                }
            }
            let listed = Listed::Reason(reason.reason.clone());
            let is_listed = state.data.listing.listed == listed;
            let text = tr!("data-reason-count", reason = words, count = reason.rows);
            let button = ui.add(Button::selectable(is_listed, text).wrap());
            if button.on_hover_text(tr!("data-reason-list")).clicked() {
                let listed = if is_listed { Listed::All } else { listed };
                push(out, DataCommand::List(Listing { listed, ..state.data.listing.clone() }));
            }
        });
    }
}

/// Whether a reason is of a limit, which is moved and not ignored.
fn is_of_limit(reason: &str) -> bool {
    reason.split_once(' ').is_some_and(|(name, _)| Column::named(name).is_some())
}

fn column(ui: &mut Ui, histogram: &Histogram, wanted: &mut Choice) {
    let column = histogram.column;
    let name = column_name(column);
    let before = wanted.limits.get(&column).copied();
    let limits = before.unwrap_or_default();
    // Columns that are judged by stand open; the sizes are seldom limited.
    let is_score = !matches!(column, Column::Frames | Column::Fps | Column::Width | Column::Height);
    let title = if before.is_some() { RichText::new(&name).strong() } else { RichText::new(&name) };
    let header = CollapsingHeader::new(title)
        .id_salt(column.name())
        .default_open((is_score && histogram.max > histogram.min) || before.is_some());
    header.show_unindented(ui, |ui| {
        bars(ui, histogram, limits, &name);
        let mut limits = limits;
        let (least, most) = (histogram.min, histogram.max);
        if most > least {
            let edge = |ui: &mut Ui, value: &mut Option<f64>, open: f64, label: String, spoken: String| {
                let mut shown = value.unwrap_or(open);
                ui.horizontal(|ui| {
                    let label = ui.label(RichText::new(label).small()).id;
                    ui.spacing_mut().slider_width = (ui.available_width() - VALUE_WIDTH).max(60.0);
                    let slider = Slider::new(&mut shown, least..=most).custom_formatter(|value, _| number(value));
                    let slider = ui.add(slider.smart_aim(true)).labelled_by(label).accessible_name(spoken);
                    if slider.changed() {
                        *value = Some(shown).filter(|shown| (*shown - open).abs() > f64::EPSILON * open.abs());
                    }
                });
            };
            edge(ui, &mut limits.min, least, tr!("data-least"), tr!("data-least.name", column = name.as_str()));
            edge(ui, &mut limits.max, most, tr!("data-most"), tr!("data-most.name", column = name.as_str()));
            let mut percent = limits.best.unwrap_or(1.0) * 100.0;
            ui.horizontal(|ui| {
                let label = ui.label(RichText::new(tr!("data-best")).small()).id;
                ui.spacing_mut().slider_width = (ui.available_width() - VALUE_WIDTH).max(60.0);
                let slider = Slider::new(&mut percent, 1.0..=100.0).fixed_decimals(0).suffix("%");
                let slider = ui.add(slider).on_hover_text(tr!("data-best.tooltip")).labelled_by(label);
                if slider.accessible_name(tr!("data-best.name", column = name.as_str())).changed() {
                    limits.best = Some(percent.round() / 100.0).filter(|share| *share < 1.0);
                }
            });
        }
        if Some(limits) != before && limits != before.unwrap_or_default() {
            wanted.set(column, limits);
        }
    });
}

/// Bars of a column; those that a limit drops are pale.
fn bars(ui: &mut Ui, histogram: &Histogram, limits: ColumnLimits, name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let words = tr!("data-histogram", column = name, least = number(histogram.min), most = number(histogram.max));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let most = histogram.bars.iter().copied().max().unwrap_or(0).max(1);
    let width = rect.width() / histogram.bars.len() as f32;
    let (inside, outside) = (theme::accent(ui), ui.visuals().weak_text_color().gamma_multiply(0.5));
    let range = histogram.max - histogram.min;
    for (at, count) in histogram.bars.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (f64::from(*count) / f64::from(most)).sqrt() as f32 * rect.height();
        let left = rect.left() + at as f32 * width;
        let bar =
            Rect::from_min_max(pos2(left, rect.bottom() - height.max(1.0)), pos2(left + width - 1.0, rect.bottom()));
        let middle = histogram.min + range * (at as f64 + 0.5) / histogram.bars.len() as f64;
        let drops = limits.min.is_some_and(|min| middle < min) || limits.max.is_some_and(|max| middle > max);
        ui.painter().rect_filled(bar, 0.0, if drops { outside } else { inside });
    }
    ui.horizontal(|ui| {
        ui.add(Label::new(RichText::new(number(histogram.min)).small().weak()));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(Label::new(RichText::new(number(histogram.max)).small().weak()));
        });
    });
}
