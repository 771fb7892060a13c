//! The menu bar, made from the command table, and the name of the model.
//!
//! Its keys: F10 opens the first menu, Alt with the underlined letter the one of that letter, Left and Right go from menu to menu.

use egui::containers::menu::MenuButton;
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align, Button, Context, Event, EventFilter, FocusDirection, FontSelection, Id, Key, Layout, MenuBar, Modifiers,
    Popup, RichText, ScrollArea, Stroke, Ui,
};
use hummingbird_engine::model::ModelSource;

use super::data_words::stage_name;
use super::models::percent;
use super::widgets::sentence;
use crate::language::{LanguageChoice, tr};
use crate::window::commands::command::Command;
use crate::window::commands::table::{Group, TABLE};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::layout::{Columns, SCALES};
use crate::window::state::models::{Doing, ModelStatus};
use crate::window::state::settings::{Scaling, ThemeChoice};

/// Width of a menu, in points.
const WIDTH: f32 = 320.0;
/// What the model's name needs beside the menus, in points.
const BESIDE: f32 = 150.0;
/// What the bar and the menu's own margins take of the window's height, in points.
const AROUND: f32 = 56.0;

/// What the bar remembers from one frame to the next.
#[derive(Clone, Default)]
struct BarState {
    /// The buttons of the menus, in their order.
    buttons: Vec<Id>,
    /// A menu that a key asked for.
    asked: Option<usize>,
    /// The menu whose first row is to get the keyboard.
    entering: Option<usize>,
    /// What had the keyboard before a key opened a menu.
    before: Option<Id>,
    /// Points beside the menus.
    beside: f32,
}

impl BarState {
    fn load(ctx: &Context) -> Self {
        ctx.data_mut(|data| data.get_temp(Id::unique("menu bar"))).unwrap_or_default()
    }

    fn store(self, ctx: &Context) {
        ctx.data_mut(|data| data.insert_temp(Id::unique("menu bar"), self));
    }

    fn open(&self, ctx: &Context) -> Option<usize> {
        self.buttons.iter().position(|button| Popup::is_id_open(ctx, popup_of(*button)))
    }
}

fn popup_of(button: Id) -> Id {
    button.with("popup")
}

/// Takes the keys of the menu bar out of the input. Before anything else sees them: an open menu uses the arrows, and Alt with a
/// letter would also be typed.
pub fn keys(ctx: &Context, state: &State) {
    if state.view.dialog.is_some() {
        return;
    }
    let mut bar = BarState::load(ctx);
    let open = bar.open(ctx);
    let count = Group::ALL.len();
    let asked = ctx.input_mut(|input| {
        if input.consume_key(Modifiers::NONE, Key::F10) {
            return Some(0);
        }
        for (index, group) in Group::ALL.into_iter().enumerate() {
            if group.letter().is_some_and(|letter| input.consume_key(Modifiers::ALT, letter)) {
                input.events.retain(|event| !matches!(event, Event::Text(_)));
                return Some(index);
            }
        }
        let open = open?;
        if input.consume_key(Modifiers::NONE, Key::ArrowRight) {
            return Some((open + 1) % count);
        }
        input.consume_key(Modifiers::NONE, Key::ArrowLeft).then_some((open + count - 1) % count)
    });
    let Some(asked) = asked else { return };
    if open == Some(asked) {
        // The same key again puts it away.
        Popup::close_all(ctx);
    } else {
        if open.is_none() {
            bar.before = ctx.memory(|memory| memory.focused());
        }
        bar.asked = Some(asked);
    }
    // egui has seen the arrows already and would move the keyboard to a neighbour.
    ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    bar.store(ctx);
}

/// The bar at the top.
pub fn menu_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let columns = Columns::of(ui.ctx().content_rect().width());
    MenuBar::new().ui(ui, |ui| {
        if columns == Columns::One {
            // Nothing is beside the menus; the narrowest windows need two rows for them.
            ui.horizontal_wrapped(|ui| menus(ui, state, out));
            return;
        }
        menus(ui, state, out);
        let beside = ui.available_width();
        if BESIDE <= beside {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| at_work(ui, state, out));
        }
        BarState { beside, ..BarState::load(ui.ctx()) }.store(ui.ctx());
    });
}

/// Whether [`at_work`] has its place beside the menus: in narrow windows, and where the menus' words are long, the settings show it.
pub fn is_at_work_in_the_bar(ctx: &Context) -> bool {
    Columns::of(ctx.content_rect().width()) != Columns::One && BESIDE <= BarState::load(ctx).beside
}

/// The model, and what goes on beside the clips.
pub fn at_work(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    model_name(ui, state);
    download(ui, state, out);
    training(ui, state, out);
    data(ui, state, out);
}

fn menus(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let ctx = ui.ctx().clone();
    let mut bar = BarState::load(&ctx);
    let was_open = bar.open(&ctx);
    bar.buttons.clear();
    for (index, group) in Group::ALL.into_iter().enumerate() {
        let entering = bar.entering == Some(index);
        let mut entered = false;
        let button = MenuButton::from_button(Button::new(title(ui, group)));
        let (response, _) = button.ui(ui, |ui| {
            let screen = ui.ctx().content_rect();
            ui.set_width(WIDTH.min(screen.width() - 40.0));
            let height = screen.height() - AROUND;
            let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
            area.show(ui, |ui| {
                // Room for the scroll bar.
                ui.set_max_width(ui.available_width() - 8.0);
                let mut first = entering;
                for row in TABLE.iter().filter(|row| row.group == group) {
                    entered |= item(ui, state, row.action, &mut first, out);
                }
                if group == Group::View {
                    ui.separator();
                    view_choices(ui, state, out);
                }
            });
        });
        if entered {
            bar.entering = None;
        }
        if response.has_focus() {
            // Left and Right go along the bar, Down into the menu.
            let is_open = Popup::is_id_open(&ctx, popup_of(response.id));
            let filter = EventFilter { horizontal_arrows: true, vertical_arrows: !is_open, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            if !is_open && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown)) {
                bar.asked = Some(index);
            }
        }
        bar.buttons.push(response.id);
    }
    move_along(ui, &bar);
    if let Some(asked) = bar.asked.take()
        && let Some(button) = bar.buttons.get(asked).copied()
    {
        Popup::open_id(&ctx, popup_of(button));
        ui.memory_mut(|memory| memory.request_focus(button));
        bar.entering = Some(asked);
        ctx.request_repaint();
    } else if was_open.is_some() && bar.open(&ctx).is_none() {
        bar.entering = None;
        // Back to the field that was left by a key, unless what was chosen leads elsewhere.
        if let Some(before) = bar.before.take()
            && ui.memory(|memory| memory.focused().is_none_or(|focused| bar.buttons.contains(&focused)))
            && out.is_empty()
        {
            ui.memory_mut(|memory| memory.request_focus(before));
        }
    }
    bar.store(&ctx);
}

/// Left and Right on a button of the bar, while no menu is open.
fn move_along(ui: &Ui, bar: &BarState) {
    let focused = ui.memory(|memory| memory.focused());
    let Some(at) = bar.buttons.iter().position(|button| Some(*button) == focused) else { return };
    let count = bar.buttons.len();
    let next = ui.input_mut(|input| {
        let right = input.consume_key(Modifiers::NONE, Key::ArrowRight).then_some((at + 1) % count);
        right.or_else(|| input.consume_key(Modifiers::NONE, Key::ArrowLeft).then_some((at + count - 1) % count))
    });
    if let Some(next) = next {
        ui.memory_mut(|memory| memory.request_focus(bar.buttons[next]));
    }
}

/// The menu's title, its letter underlined.
fn title(ui: &Ui, group: Group) -> LayoutJob {
    let style = ui.style();
    let font = FontSelection::from(egui::TextStyle::Button).resolve(style);
    let colour = egui::Color32::PLACEHOLDER;
    let plain = TextFormat::simple(font, colour);
    let marked =
        TextFormat { underline: Stroke::new(1.0, style.visuals.widgets.inactive.fg_stroke.color), ..plain.clone() };
    let title = group.title();
    let letter = group.letter().map_or("", Key::name);
    let at = title
        .char_indices()
        .find(|(at, _)| title[*at..].get(..letter.len()).is_some_and(|it| it.eq_ignore_ascii_case(letter)));
    // A title without its letter has nothing underlined.
    let (at, end) = at.map_or((0, 0), |(at, _)| (at, at + letter.len()));
    let mut job = LayoutJob::default();
    for (text, format) in [(&title[..at], plain.clone()), (&title[at..end], marked), (&title[end..], plain)] {
        if !text.is_empty() {
            job.append(text, 0.0, format);
        }
    }
    job
}

/// A row of a menu; whether it took the keyboard, which the first row that can be used gets where a key opened the menu.
fn item(ui: &mut Ui, state: &State, action: Action, first: &mut bool, out: &mut Vec<Command>) -> bool {
    let reason = state.why_not(action);
    let button = Button::new(action.row().label()).shortcut_text(action.shortcut_text(ui.ctx()));
    let response = ui.add_enabled(reason.is_none(), button).on_hover_text(action.row().tooltip());
    let response = response.on_disabled_hover_text(sentence(&reason.unwrap_or_default()));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    if response.clicked() {
        out.push(Command::Run(action));
        ui.close();
    }
    // In its first frame a menu only finds out how large it is.
    let takes = *first && response.enabled() && !ui.is_sizing_pass();
    if takes {
        response.request_focus();
        *first = false;
    }
    takes
}

fn view_choices(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    for theme in ThemeChoice::ALL {
        if ui.radio(state.view.theme == theme, theme.label()).clicked() {
            out.push(Command::SetTheme(theme));
        }
    }
    ui.separator();
    ui.label(RichText::new(tr!("language-title")).weak());
    for language in LanguageChoice::ALL {
        if ui.radio(state.view.language == language, language.label()).clicked() {
            out.push(Command::SetLanguage(language));
        }
    }
    ui.separator();
    ui.label(RichText::new(tr!("view-scale")).weak());
    ui.horizontal_wrapped(|ui| {
        for percent in SCALES {
            if ui.selectable_label(state.view.scale_percent == percent, format!("{percent}%")).clicked() {
                out.push(Command::SetScale(percent));
            }
        }
    });
    ui.separator();
    for (scaling, label) in [(Scaling::Smooth, tr!("view-smooth-pixels")), (Scaling::Sharp, tr!("view-sharp-pixels"))] {
        if ui.radio(state.view.scaling == scaling, label).clicked() {
            out.push(Command::SetScaling(scaling));
        }
    }
}

/// What is being downloaded, while the manager is closed too.
fn download(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(task) = state.models.tasks.iter().find(|task| task.doing == Doing::Get) else { return };
    let title = state.models.row(&task.key).map_or(task.key.as_str(), |row| row.title.as_str());
    let text = match task.progress.as_ref().and_then(percent) {
        Some(percent) => tr!("window-downloading-percent", title = title, percent = percent),
        None => tr!("window-downloading", title = title),
    };
    let response = ui.small_button(text);
    if response.on_hover_text(Action::ShowModels.hint(ui.ctx())).clicked() {
        out.push(Command::Run(Action::ShowModels));
    }
}

/// What is being trained, while its page is closed too.
fn training(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(running) = &state.training.running else { return };
    let name = running.run.plan.name.as_str();
    let text = match running.progress.as_ref().and_then(percent) {
        Some(percent) => tr!("window-training-percent", name = name, percent = percent),
        None => tr!("window-training", name = name),
    };
    if ui.small_button(text).on_hover_text(Action::ShowTraining.hint(ui.ctx())).clicked() {
        out.push(Command::Run(Action::ShowTraining));
    }
}

/// What the data page has under way, while it is closed too.
fn data(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(work) = state.data.work.as_ref().filter(|_| !state.data.is_shown) else { return };
    let stage = stage_name(work.stage);
    let text = match work.progress.as_ref().and_then(percent) {
        Some(percent) => tr!("data-working-percent", stage = stage, percent = percent),
        None => stage,
    };
    if ui.small_button(text).on_hover_text(Action::ShowData.hint(ui.ctx())).clicked() {
        out.push(Command::Run(Action::ShowData));
    }
}

fn model_name(ui: &mut Ui, state: &State) {
    match &state.models.status {
        ModelStatus::Opening => {
            ui.label(RichText::new(tr!("window-model-opening")).weak());
        }
        ModelStatus::Failed => {
            ui.label(RichText::new(tr!("window-model-none")).color(ui.visuals().error_fg_color));
        }
        ModelStatus::Ready(card) => {
            let name = match state.models.source {
                ModelSource::Embedded => tr!("window-model-demo", name = card.name.as_str()),
                ModelSource::File(_) => card.name.clone(),
            };
            ui.label(RichText::new(name).strong()).on_hover_text(tr!(
                "window-model-card",
                licence = card.licence.as_str(),
                hash = card.sha256.as_str(),
                frames = card.limits.max_frames,
                pixels = card.limits.max_size
            ));
        }
    }
}
