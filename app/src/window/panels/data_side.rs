//! The side of the data page: the clip with the keyboard, limits, steps and exports, one at a time.

use egui::{Button, Image, Label, RichText, Role, ScrollArea, Ui};
use hummingbird_engine::data::filter::{Column, ERROR_REASON, by_hand};
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::data::scan::{CAPTION_OF_CLIP, CAPTION_SOURCE};

use super::data::push;
use super::data_list::is_kept;
use super::data_words::{clip_name, column_name, number, reason_in_words};
use super::textures::Textures;
use super::widgets::{action_button, sentence};
use super::{data_limits, data_steps};
use crate::language::tr;
use crate::window::commands::command::{Command, DataCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data::DataTab;
use crate::window::state::data_rows::offered;

fn tab_name(tab: DataTab) -> String {
    match tab {
        DataTab::Clip => tr!("data-tab-clip"),
        DataTab::Limits => tr!("data-tab-limits"),
        DataTab::Steps => tr!("data-tab-steps"),
        DataTab::Export => tr!("data-tab-export"),
    }
}

/// The side.
pub fn side_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        for tab in DataTab::ALL {
            let response = ui.selectable_label(state.data.tab == tab, tab_name(tab));
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_role(Role::Tab));
            if response.clicked() {
                push(out, DataCommand::Tab(tab));
            }
        }
    });
    ui.separator();
    ScrollArea::vertical().id_salt(("data side", state.data.tab)).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        match state.data.tab {
            DataTab::Clip => clip_tab(ui, state, textures, out),
            DataTab::Limits => data_limits::limits_tab(ui, state, out),
            DataTab::Steps => data_steps::steps_tab(ui, state, out),
            DataTab::Export => data_steps::export_tab(ui, state, out),
        }
    });
}

fn clip_tab(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let Some((index, row)) = state.data.current() else {
        ui.add(Label::new(RichText::new(tr!("data-keys")).weak()).wrap());
        return;
    };
    if let Some(sheet) = textures.data(index) {
        let (texture, part) = sheet.frame(sheet.count() / 2);
        let size = sheet.size() * (ui.available_width() / sheet.size().x).min(150.0 / sheet.size().y);
        ui.add(Image::new((texture.id(), size)).uv(part).fit_to_exact_size(size).corner_radius(4.0))
            .accessible_name(tr!("data-picture-of", name = clip_name(row)));
    }
    if let Some(error) = &row.error {
        ui.add(Label::new(RichText::new(sentence(error)).color(ui.visuals().error_fg_color)).wrap().selectable(true));
        ui.add(Label::new(RichText::new(&row.path).small().weak()).wrap().selectable(true));
        return;
    }
    captions(ui, state, index, row, out);
    ui.separator();
    verdict(ui, index, row, out);
    ui.separator();
    for column in Column::ALL {
        if let Some(value) = column.value(row) {
            ui.label(RichText::new(format!("{} {}", column_name(column), number(value))).small());
        }
    }
    ui.add(Label::new(RichText::new(&row.path).small().weak()).wrap().selectable(true));
    ui.separator();
    ui.add(Label::new(RichText::new(tr!("data-keys")).small().weak()).wrap());
}

/// The caption, the first one, and the one that is offered.
fn captions(ui: &mut Ui, state: &State, index: usize, row: &Row, out: &mut Vec<Command>) {
    if row.text.is_empty() {
        ui.label(RichText::new(tr!("data-no-caption")).weak());
    } else {
        ui.add(Label::new(RichText::new(&row.text).strong()).wrap().selectable(true));
    }
    let is_prompt = row.extra.get(CAPTION_SOURCE).and_then(|it| it.as_str()) == Some(CAPTION_OF_CLIP);
    if is_prompt && row.text_original.is_none() {
        ui.label(RichText::new(tr!("data-caption-of-clip")).small().weak());
    }
    if let Some(original) = &row.text_original {
        ui.label(RichText::new(tr!("data-original")).small().weak());
        ui.add(Label::new(RichText::new(original).small()).wrap().selectable(true));
    }
    action_button(ui, state, Action::DataEdit, out);
    let offers = state.data.arranged.as_ref().map_or(0, |arranged| arranged.offered);
    if let Some(text) = offered(row) {
        ui.label(RichText::new(tr!("data-offered")).small().weak());
        ui.add(Label::new(text).wrap().selectable(true));
        ui.horizontal_wrapped(|ui| {
            if ui.button(tr!("data-accept")).on_hover_text(Action::DataAccept.hint(ui.ctx())).clicked() {
                push(out, DataCommand::Accept(vec![index]));
            }
            if ui.button(tr!("data-refuse")).on_hover_text(Action::DataRefuse.hint(ui.ctx())).clicked() {
                push(out, DataCommand::Refuse(vec![index]));
            }
        });
    }
    if offers > 0 {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(tr!("data-offers", count = offers)).small().weak());
            action_button(ui, state, Action::DataAcceptAll, out);
            action_button(ui, state, Action::DataRefuseAll, out);
        });
    }
}

/// Whether it is kept, why not, and what a person can do about it.
fn verdict(ui: &mut Ui, index: usize, row: &Row, out: &mut Vec<Command>) {
    let decided = by_hand(row);
    let words = match (decided, is_kept(row)) {
        (Some(true), _) => tr!("data-kept-by-hand"),
        (Some(false), _) => tr!("data-dropped-by-hand"),
        (None, true) => tr!("data-kept"),
        (None, false) => tr!("data-dropped"),
    };
    ui.label(RichText::new(words).strong());
    for reason in row.reasons.iter().filter(|reason| *reason != ERROR_REASON) {
        ui.add(Label::new(RichText::new(reason_in_words(reason)).color(ui.visuals().warn_fg_color)).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        let label = if is_kept(row) { tr!("data-drop") } else { tr!("data-keep") };
        if ui.button(label).on_hover_text(Action::DataMark.hint(ui.ctx())).clicked() {
            push(out, DataCommand::Mark(index));
        }
        if ui.add_enabled(decided.is_some(), Button::new(tr!("data-undecided"))).clicked() {
            push(out, DataCommand::Decide(index, None));
        }
    });
}
