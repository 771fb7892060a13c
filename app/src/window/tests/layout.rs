//! Windows of every size and scale: nothing is cut off, Generate and Cancel are always there, and panels are dragged, hidden and
//! remembered.

use egui::accesskit::{Action as Request, ActionRequest, TreeId};
use egui::{Key, Modifiers, Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hummingbird_engine::job::JobId;

use super::{Bench, bench, bench_of_scale, bench_of_size, finish, press, ready, request, run, says, start, step};
use crate::language::{Language, tr};
use crate::window::commands::command::{Command, LayoutCommand};
use crate::window::commands::effect::Effect;
use crate::window::commands::table::Group;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::layout::{Page, SCALES, Side};
use crate::window::state::settings::{Settings, ThemeChoice};
use crate::window::state::view::{DialogKind, SystemLook};

/// Window sizes in pixels, with pixels a point.
const SIZES: [([f32; 2], f32); 6] = [
    ([640.0, 480.0], 1.0),
    ([640.0, 480.0], 2.0),
    ([1280.0, 720.0], 1.0),
    ([1280.0, 720.0], 2.0),
    ([2560.0, 1440.0], 1.0),
    ([3840.0, 2160.0], 3.0),
];

/// A job that runs, one that waits, and a clip.
fn running() -> State {
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.view.notices.clear();
    state.on_submitted(JobId(2), request("a blue boat", 2));
    state.on_submitted(JobId(3), request("a star", 3));
    start(&mut state, 2);
    step(&mut state, 2, 7);
    state
}

fn screen(harness: &Harness<'_, Bench>) -> Rect {
    harness.ctx.content_rect().expand(0.5)
}

/// Widgets that can be used, each with its role and name.
fn usable(harness: &Harness<'_, Bench>) -> Vec<(Role, String)> {
    let roles = [
        Role::Button,
        Role::Slider,
        Role::TextInput,
        Role::MultilineTextInput,
        Role::ComboBox,
        Role::CheckBox,
        Role::Tab,
        Role::SpinButton,
        Role::DisclosureTriangle,
    ];
    let nodes = harness.root().children_recursive().map(|node| node.accesskit_node());
    let named = nodes.filter(|node| roles.contains(&node.role()) && !node.is_hidden());
    named.filter_map(|node| Some((node.role(), node.label()?))).collect()
}

/// Brings each widget into sight and finds that all of it is there.
fn nothing_is_cut_off(name: &str, mut harness: Harness<'_, Bench>) {
    let screen = screen(&harness);
    let widgets = usable(&harness);
    assert!(widgets.len() > 6, "{name}: only {} widgets", widgets.len());
    for (role, label) in widgets {
        let count = harness.query_all_by_role_and_label(role, &label).count();
        for index in 0..count {
            let Some(node) = harness.query_all_by_role_and_label(role, &label).nth(index) else { continue };
            if screen.contains_rect(node.rect()) {
                continue;
            }
            node.scroll_to_me();
            harness.run_steps(12);
            let node = harness.query_all_by_role_and_label(role, &label).nth(index).expect("it is still there");
            let rect = node.rect();
            // What is higher than the window cannot be seen whole; its beginning can.
            let seen = rect.intersect(screen);
            let is_seen = seen.width() >= rect.width() - 1.0 && seen.height() >= rect.height().min(40.0) - 1.0;
            assert!(is_seen, "{name}: {role:?} {label:?} is at {rect:?} of {screen:?}");
        }
    }
}

#[test]
fn generate_and_cancel_are_in_sight_at_every_size_on_every_page() {
    for (size, scale) in SIZES {
        for page in [Page::Create, Page::Clip, Page::History] {
            for library in [false, true] {
                for hidden in [false, true] {
                    let mut state = running();
                    state.view.page = page;
                    state.library.is_shown = library;
                    state.view.layout.controls_shown = !hidden;
                    let harness = bench_of_scale(state, size, scale);
                    for button in ["Generate", "Cancel"] {
                        let rect = harness.get_by_role_and_label(Role::Button, button).rect();
                        let place = format!("{size:?} at {scale}, {page:?}, library {library}, hidden {hidden}");
                        assert!(screen(&harness).contains_rect(rect), "{button} is at {rect:?}: {place}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_models_name_is_never_over_the_menus() {
    // Those whose letters are in the fonts that tests have.
    for language in [Language::English, Language::German, Language::Spanish] {
        crate::language::choose(language);
        for width in [560.0, 600.0, 640.0, 700.0, 819.0, 1280.0] {
            let harness = bench_of_size(ready(), [width, 480.0]);
            let name = tr!("window-model-demo", name = "Nano");
            let name = harness.get_by_label(&name).rect();
            assert!(screen(&harness).contains_rect(name), "{language:?}, {width}: {name:?}");
            for group in Group::ALL {
                let menu = harness.get_by_role_and_label(Role::Button, &group.title()).rect();
                assert!(!menu.intersects(name), "{language:?}, {width}: {} is at {menu:?}, {name:?}", group.title());
            }
        }
    }
}

#[test]
fn nothing_is_cut_off_in_small_windows() {
    for (size, scale) in &SIZES[..4] {
        for page in [Page::Create, Page::Clip, Page::History] {
            let mut state = running();
            state.view.page = page;
            state.view.advanced = true;
            let name = format!("{size:?} at {scale}, {page:?}");
            nothing_is_cut_off(&name, bench_of_scale(state, *size, *scale));
        }
        let name = format!("{size:?} at {scale}, empty");
        nothing_is_cut_off(&name, bench_of_scale(ready(), *size, *scale));
    }
}

#[test]
fn dialogs_fit_small_windows() {
    use crate::window::state::shortcuts::{Palette, ShortcutsPage};
    use crate::window::state::view::FirstStep;

    for (size, scale) in &SIZES[..4] {
        let dialogs = [
            DialogKind::Help,
            DialogKind::Close,
            DialogKind::SafeStart,
            DialogKind::Palette(Palette::default()),
            DialogKind::Shortcuts(ShortcutsPage::default()),
            DialogKind::FirstSteps(FirstStep::Device),
            DialogKind::FirstSteps(FirstStep::Demo),
            DialogKind::FirstSteps(FirstStep::Models),
        ];
        for dialog in dialogs {
            let mut state = running();
            state.view.dialog = Some(dialog.clone());
            let mut harness = bench_of_scale(state, *size, *scale);
            harness.run_steps(4);
            let screen = screen(&harness);
            let name = format!("{size:?} at {scale}, {dialog:?}");
            let last = ["Close", "Keep working", "Start safely", "Skip", "Done"];
            for label in last {
                let count = harness.query_all_by_role_and_label(Role::Button, label).count();
                if count == 0 {
                    continue;
                }
                harness.query_all_by_role_and_label(Role::Button, label).last().expect("counted").scroll_to_me();
                harness.run_steps(12);
                let button = harness.query_all_by_role_and_label(Role::Button, label).last().expect("counted");
                let rect = button.rect();
                assert!(screen.contains_rect(rect), "{name}: {label:?} is at {rect:?} of {screen:?}");
            }
        }
    }
}

#[test]
fn a_narrow_window_shows_one_page_and_follows_what_is_done() {
    let mut harness = bench_of_size(ready(), [400.0, 600.0]);
    assert!(harness.query_by_label("Prompt").is_some() && harness.query_by_label("Frame").is_none());
    harness.get_by_role_and_label(Role::Tab, "Player").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Prompt").is_none() && harness.query_by_label("Frame").is_some());
    press(&mut harness, Modifiers::COMMAND, Key::P);
    assert!(harness.get_by_label("Prompt").is_focused(), "the key that leads to the prompt brings its page");
    harness.get_by_label("Prompt").type_text("a red ball");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(harness.state().shell.state.view.page, Page::Clip, "what is being made is shown");
    harness.get_by_role_and_label(Role::Tab, "History").click_accesskit();
    harness.run_steps(3);
    assert!(says(&harness, "Finished clips appear here"));
}

fn width_of(harness: &Harness<'_, Bench>, side: Side) -> f32 {
    harness.state().shell.state.view.layout.width(side, 1000.0)
}

#[test]
fn panels_are_dragged_by_mouse_keys_and_screen_reader() {
    let mut harness = bench(ready());
    let edge = harness.get_by_role_and_label(Role::Splitter, "Width of the settings panel").rect().center();
    let before = width_of(&harness, Side::Controls);
    harness.drag_at(edge);
    harness.run_steps(2);
    harness.hover_at(edge + egui::vec2(60.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(edge + egui::vec2(60.0, 0.0));
    harness.run_steps(3);
    let dragged = width_of(&harness, Side::Controls);
    assert!((dragged - before - 60.0).abs() < 3.0, "{before} became {dragged}");
    harness.get_by_role_and_label(Role::Splitter, "Width of the settings panel").focus();
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    let pressed = width_of(&harness, Side::Controls);
    assert!((dragged - pressed - 32.0).abs() < 1.0, "{dragged} became {pressed}");
    let splitter = harness.get_by_role_and_label(Role::Splitter, "Width of the history panel");
    let (target_node, before) = (splitter.accesskit_node().locate().0, width_of(&harness, Side::History));
    let asked = ActionRequest { action: Request::Increment, target_tree: TreeId::ROOT, target_node, data: None };
    harness.event(egui::Event::AccessKitActionRequest(asked));
    harness.run_steps(3);
    assert!(width_of(&harness, Side::History) > before);
}

#[test]
fn panels_are_hidden_and_come_back() {
    let mut harness = bench(ready());
    harness.get_by_label("Hide the history panel").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("History").is_none());
    harness.get_by_label("Show the history panel").click_accesskit();
    harness.run_steps(3);
    assert!(harness.query_by_label("History").is_some());
    press(&mut harness, Modifiers::NONE, Key::F6);
    assert!(harness.query_by_label("Prompt").is_none() && harness.query_by_label("Generate").is_some());
    press(&mut harness, Modifiers::COMMAND, Key::P);
    assert!(harness.get_by_label("Prompt").is_focused(), "the way to the prompt shows its panel");
}

#[test]
fn look_and_layout_are_kept() {
    let mut state = ready();
    for command in [
        Command::Layout(LayoutCommand::Width(Side::Controls, 400.0)),
        Command::Run(Action::ToggleHistory),
        Command::SetScale(150),
        Command::SetTheme(ThemeChoice::HighContrast),
        Command::Run(Action::ToggleReducedMotion),
        Command::Run(Action::ToggleAdvanced),
    ] {
        state.apply(command, &mut Vec::new());
    }
    let effects = run(&mut state, Action::ToggleFullScreen);
    assert!(matches!(effects[..], [Effect::FullScreen(true)]), "{effects:?}");
    let text = serde_json::to_string(&state.settings()).expect("plain data");
    let settings: Settings = serde_json::from_str(&text).expect("its own words");
    assert_eq!(settings, state.settings());
    let view = State::new(settings).view;
    assert_eq!((view.layout.controls_width, view.layout.history_shown, view.scale_percent), (400.0, false, 150));
    assert_eq!((view.theme, view.reduced_motion), (ThemeChoice::HighContrast, Some(true)));
    assert!(view.full_screen && view.advanced);
    // Whatever a file says, the window can be read.
    let odd: Settings = serde_json::from_str(r#"{"scale_percent": 9000}"#).expect("a number");
    assert_eq!(State::new(odd).view.scale_percent, 300);
    let odd: Settings = serde_json::from_str(r#"{"gpu_share": 3}"#).expect("a number");
    assert_eq!(State::new(odd).view.gpu_share, 25);
}

#[test]
fn the_scale_is_set_by_keys_and_from_the_menu() {
    let mut harness = bench(ready());
    let zoom = |harness: &Harness<'_, Bench>| (harness.ctx.zoom_factor() * 100.0).round();
    press(&mut harness, Modifiers::COMMAND, Key::Plus);
    assert_eq!(zoom(&harness), 125.0);
    press(&mut harness, Modifiers::COMMAND, Key::Minus);
    press(&mut harness, Modifiers::COMMAND, Key::Minus);
    assert_eq!(zoom(&harness), 75.0);
    press(&mut harness, Modifiers::COMMAND, Key::Num0);
    assert_eq!(zoom(&harness), 100.0);
    for _ in 0..2 * SCALES.len() {
        press(&mut harness, Modifiers::COMMAND, Key::Equals);
    }
    assert_eq!(zoom(&harness), 300.0, "there it ends");
    let mut harness = bench(ready());
    harness.get_by_role_and_label(Role::Button, "View").click();
    harness.run_steps(3);
    harness.get_by_label("200%").click_accesskit();
    harness.run_steps(3);
    assert_eq!(zoom(&harness), 200.0);
}

#[test]
fn the_window_follows_the_system_until_the_user_says_otherwise() {
    let mut harness = bench(ready());
    let says = |harness: &mut Harness<'_, Bench>, more_contrast, reduced_motion| {
        harness.state_mut().shell.state.view.system = SystemLook { more_contrast, reduced_motion };
        harness.run_steps(3);
        let style = harness.ctx.global_style();
        (style.visuals.panel_fill == egui::Color32::BLACK, style.animation_time == 0.0)
    };
    assert_eq!(says(&mut harness, false, false), (false, false));
    assert_eq!(says(&mut harness, true, true), (true, true));
    assert_eq!(says(&mut harness, true, false), (true, false));
    // Both are the user's where the user has chosen.
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::M);
    harness.state_mut().shell.state.view.theme = ThemeChoice::Light;
    assert_eq!(says(&mut harness, true, false), (false, true));
    assert_eq!(says(&mut harness, true, true), (false, true));
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::M);
    assert_eq!(says(&mut harness, true, true), (false, false));
}

#[test]
fn reduced_motion_stops_what_slides() {
    let mut harness = bench(ready());
    assert!(harness.ctx.global_style().animation_time > 0.0);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::M);
    assert_eq!(harness.ctx.global_style().animation_time, 0.0);
}
