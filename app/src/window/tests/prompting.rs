//! What helps with the prompt: Enhance with its server, the prompts that were used, and styles.

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hummingbird_engine::chat::{ApiKey, KeySource, ServerSettings};
use hummingbird_engine::jobs::enhance::Enhanced;
use hummingbird_engine::jobs::styles::{Style, Styles};
use hummingbird_engine::request::SamplerKind;
use hummingbird_engine::settings::{Field as _, table};

use super::{Bench, apply, bench, bench_of_size, press, ready, run, says};
use crate::window::commands::command::{Command, PromptingCommand, StyleCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::latest::Ticket;
use crate::window::state::prompt_history::{HistoryChange, PromptsPage};
use crate::window::state::prompting::{Enhance, KeyPlace, PromptingOrder, PromptingReport, ServerPage, Tried, Typed};
use crate::window::state::style_page::StylesPage;
use crate::window::state::view::{DialogKind, SaveFile, SavedThing};

/// A state with a prompt, and a server for Enhance.
fn with_server(prompt: &str) -> State {
    let mut state = ready();
    state.prompting.server.address = "http://127.0.0.1:1".to_owned();
    apply(&mut state, [Command::SetPrompt(prompt.to_owned())]);
    state
}

/// Everything that helps with the prompt, as it is drawn.
pub fn states() -> Vec<(&'static str, State)> {
    let with_dialog = |mut state: State, dialog| {
        state.view.dialog = Some(dialog);
        state
    };
    let mut asking = with_server("a red ball");
    run(&mut asking, Action::Enhance);
    let mut offer = with_server("a red ball");
    offer.prompting.enhance = Enhance::Offer {
        sent: "a blue boat".to_owned(),
        enhanced: enhanced("A red ball rolls over a green meadow", &["(fog:1.2)"]),
    };
    offer.prompting.note(Typed::default());
    let mut failed = with_server("a red ball");
    failed.prompting.enhance = Enhance::Failed("the answer is not used (it is empty): try again".to_owned());
    let answers = Tried::Answers { model: "tiny".to_owned(), models: vec!["tiny".to_owned()] };
    let page = |place, tried| {
        let (address, problem) = ("http://127.0.0.1:1".to_owned(), Some("the key is empty".to_owned()));
        DialogKind::Server(Box::new(ServerPage { address, place, tried, problem, ..ServerPage::default() }))
    };
    let mut film = styled();
    film.form.styles.on = vec!["Film".to_owned()];
    apply(&mut film, [Command::SetPrompt("a red ball".to_owned())]);
    let styles_page = DialogKind::Styles(Box::new(StylesPage::of(&film.form.styles)));
    let mut prompts = used(&["a red ball", "a star", "a blue boat"]);
    prompts.prompting.history.prompts[1].pinned = true;
    prompts.prompting.history.prompts[2].negative = "fog".to_owned();
    let (what, path) = (SavedThing::Styles, "x.json".to_owned());
    let save = DialogKind::SaveFile(SaveFile { what, path, replace: false, problem: None });
    vec![
        ("asking", asking),
        ("offer", offer),
        ("not enhanced", failed),
        ("server that answers", with_dialog(ready(), page(KeyPlace::Typed, answers))),
        ("server that fails", with_dialog(ready(), page(KeyPlace::File, Tried::Failed("nothing is there".to_owned())))),
        ("prompts", with_dialog(prompts, DialogKind::Prompts(PromptsPage::default()))),
        ("no prompts", with_dialog(ready(), DialogKind::Prompts(PromptsPage { text: "x".to_owned(), at: 0 }))),
        ("styles", with_dialog(styled(), styles_page)),
        ("styles on", film),
        ("save styles", with_dialog(styled(), save)),
    ]
}

fn state<'a>(harness: &'a Harness<'_, Bench>) -> &'a State {
    &harness.state().shell.state
}

fn prompt<'a>(harness: &'a Harness<'_, Bench>) -> &'a str {
    &state(harness).form.controls.asked.prompt
}

fn orders(effects: &[Effect]) -> Vec<&PromptingOrder> {
    fn order(effect: &Effect) -> Option<&PromptingOrder> {
        match effect {
            Effect::Prompting(order) => Some(order),
            _ => None,
        }
    }
    effects.iter().filter_map(order).collect()
}

/// The question that was asked last.
fn asked(effects: &[Effect]) -> (Ticket, String) {
    let ask = orders(effects).into_iter().rev().find_map(|order| match order {
        PromptingOrder::Ask { ticket, prompt, .. } => Some((*ticket, prompt.clone())),
        _ => None,
    });
    ask.expect("the server was asked")
}

fn answer(harness: &mut Harness<'_, Bench>, answer: Option<Result<Enhanced, String>>) {
    let (ticket, _) = asked(&harness.state().effects);
    harness.state_mut().shell.state.on_prompting_report(PromptingReport::Asked { ticket, answer });
    harness.run_steps(3);
}

fn enhanced(text: &str, lost: &[&str]) -> Enhanced {
    let lost = lost.iter().map(|&it| it.to_owned()).collect();
    Enhanced { text: text.to_owned(), lost, model: "tiny".to_owned() }
}

fn click(harness: &mut Harness<'_, Bench>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

#[test]
fn enhance_is_off_until_a_server_is_set() {
    let mut state = ready();
    apply(&mut state, [Command::SetPrompt("a boat".to_owned())]);
    assert!(run(&mut state, Action::Enhance).is_empty());
    let mut harness = bench_of_size(state, [1000.0, 1000.0]);
    click(&mut harness, "Prompt server…");
    assert!(matches!(self::state(&harness).view.dialog, Some(DialogKind::Server(_))));
    harness.get_by_label("Address").type_text("127.0.0.1:1234");
    harness.run_steps(3);
    click(&mut harness, "In a variable");
    harness.get_by_label("Variable").focus();
    harness.run_steps(2);
    harness.get_by_label("Variable").type_text("NO_SUCH_VARIABLE_OF_A_TEST");
    harness.run_steps(3);
    click(&mut harness, "Save");
    assert!(says(&harness, "the environment has no variable"), "a key that is not there is told at once");
    click(&mut harness, "None");
    click(&mut harness, "Save");
    assert!(self::state(&harness).view.dialog.is_none());
    let kept = orders(&harness.state().effects).into_iter().find_map(|order| match order {
        PromptingOrder::KeepServer(settings) => Some(settings.clone()),
        _ => None,
    });
    let expected = ServerSettings { address: "127.0.0.1:1234".to_owned(), ..ServerSettings::default() };
    assert_eq!(kept, Some(expected));
    assert_eq!(self::state(&harness).why_not(Action::Enhance), None);
}

#[test]
fn trying_a_server_says_what_it_has_and_only_of_what_is_typed() {
    let mut harness = bench_of_size(with_server("a boat"), [1000.0, 1000.0]);
    press(&mut harness, Modifiers::ALT | Modifiers::SHIFT, Key::I);
    click(&mut harness, "Try it");
    assert!(says(&harness, "Waiting for the server"));
    let ticket = |harness: &Harness<'_, Bench>| {
        let tries = orders(&harness.state().effects).into_iter().rev();
        tries
            .filter_map(|order| match order {
                PromptingOrder::Try { ticket, .. } => Some(*ticket),
                _ => None,
            })
            .next()
            .expect("it was tried")
    };
    let found = Ok(("tiny".to_owned(), vec!["tiny".to_owned(), "large".to_owned()]));
    let report = |harness: &mut Harness<'_, Bench>, ticket, found| {
        harness.state_mut().shell.state.on_prompting_report(PromptingReport::Tried { ticket, found });
        harness.run_steps(3);
    };
    let first = ticket(&harness);
    report(&mut harness, first, found.clone());
    assert!(says(&harness, "The server has 2 models; asked is tiny"));
    click(&mut harness, "Use the model large");
    assert!(!says(&harness, "asked is tiny"), "that was about another model");
    click(&mut harness, "Try it");
    report(&mut harness, first, found);
    assert!(says(&harness, "Waiting for the server"), "an old answer does not count");
    let second = ticket(&harness);
    report(&mut harness, second, Err("nothing answers there".to_owned()));
    assert!(says(&harness, "Nothing answers there"));
}

#[test]
fn an_answer_is_shown_accepted_and_undone() {
    let mut harness = bench_of_size(with_server(" a boat "), [1000.0, 1000.0]);
    press(&mut harness, Modifiers::ALT, Key::I);
    assert_eq!(asked(&harness.state().effects).1, "a boat");
    assert!(says(&harness, "Asking http://127.0.0.1:1"));
    answer(&mut harness, Some(Ok(enhanced("A red boat at dusk.", &["(fog:1.2)"]))));
    assert!(says(&harness, "Suggested prompt: A red boat at dusk."));
    assert!(says(&harness, "The suggestion lacks (fog:1.2)"));
    assert!(!says(&harness, "You changed the prompt"));
    assert_eq!(prompt(&harness), " a boat ", "nothing happens by itself");
    click(&mut harness, "Accept");
    assert_eq!(prompt(&harness), "A red boat at dusk.");
    assert_eq!(state(&harness).prompting.enhance, Enhance::Idle);
    click(&mut harness, "Undo prompt");
    assert_eq!(prompt(&harness), " a boat ");
    assert!(state(&harness).why_not(Action::UndoPrompt).is_some());
}

#[test]
fn what_is_typed_meanwhile_is_kept() {
    let mut harness = bench_of_size(with_server("a boat"), [1000.0, 1000.0]);
    click(&mut harness, "Enhance");
    harness.get_by_label("Prompt").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::End);
    harness.get_by_label("Prompt").type_text(" and a star");
    harness.run_steps(3);
    answer(&mut harness, Some(Ok(enhanced("A red boat at dusk.", &[]))));
    assert!(prompt(&harness).contains("and a star"), "{}", prompt(&harness));
    assert!(says(&harness, "You changed the prompt since it was sent"));
    click(&mut harness, "Refuse");
    assert!(prompt(&harness).contains("and a star"));
    assert!(!says(&harness, "Suggested"));
}

#[test]
fn a_question_is_cancelled_fails_and_is_asked_again() {
    let mut harness = bench_of_size(with_server("a boat"), [1000.0, 1000.0]);
    click(&mut harness, "Enhance");
    click(&mut harness, "Stop asking the server");
    assert!(orders(&harness.state().effects).contains(&&PromptingOrder::StopAsking));
    answer(&mut harness, Some(Ok(enhanced("Too late.", &[]))));
    assert_eq!(state(&harness).prompting.enhance, Enhance::Idle, "the answer to a question that was given up");
    click(&mut harness, "Enhance");
    answer(&mut harness, Some(Err("the answer is not used (it is empty): try again".to_owned())));
    assert!(says(&harness, "The answer is not used"));
    click(&mut harness, "Enhance again");
    assert!(state(&harness).prompting.enhance.is_running());
    answer(&mut harness, None);
    assert_eq!(state(&harness).prompting.enhance, Enhance::Idle);
}

#[test]
fn the_demo_model_names_its_words_and_keys_stay_out_of_sight() {
    let mut state = with_server("a ship");
    state.prompting.server.key = KeySource::Typed(ApiKey::new("sk-secret"));
    let effects = run(&mut state, Action::Enhance);
    assert!(!format!("{effects:?}").contains("secret"));
    let Some(PromptingOrder::Ask { vocabulary: Some(vocabulary), .. }) = orders(&effects).first() else {
        panic!("the demo model has a vocabulary: {effects:?}")
    };
    assert!(vocabulary.subjects.contains(&"boat".to_owned()));
}

/// A state in which these prompts were used, the last one first.
fn used(prompts: &[&str]) -> State {
    let mut state = ready();
    for prompt in prompts.iter().rev() {
        apply(&mut state, [Command::SetPrompt((*prompt).to_owned())]);
        run(&mut state, Action::Generate);
    }
    assert_eq!(state.prompting.changes.len(), prompts.len(), "each goes to the file");
    apply(&mut state, [Command::SetPrompt("a draft".to_owned())]);
    state
}

fn history(state: &State) -> Vec<&str> {
    state.prompting.history.prompts.iter().map(|used| used.prompt.as_str()).collect()
}

#[test]
fn used_prompts_are_found_as_words_are_typed_and_taken_by_enter() {
    let mut harness = bench_of_size(used(&["a red boat", "a star", "a blue boat"]), [1000.0, 900.0]);
    press(&mut harness, Modifiers::COMMAND, Key::H);
    harness.get_by_label("Search prompts").type_text("boat");
    harness.run_steps(3);
    assert!(harness.query_by_label("a star").is_none() && harness.query_by_label("a red boat").is_some());
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!((prompt(&harness), state(&harness).view.dialog.is_none()), ("a blue boat", true));
    press(&mut harness, Modifiers::ALT, Key::U);
    assert_eq!(prompt(&harness), "a draft", "what was typed comes back");
}

#[test]
fn the_prompts_of_a_batch_are_used_prompts_as_they_were_typed() {
    let mut state = used(&["a star"]);
    state.queue.batch.prompts = "a {red|blue} boat\n\n a fish \n".to_owned();
    let mut effects = Vec::new();
    state.queue_batch(&mut effects);
    assert!(matches!(&effects[..], [Effect::Enqueue(jobs)] if jobs.len() == 2), "{effects:?}");
    assert_eq!(history(&state), ["a {red|blue} boat", "a fish", "a star"]);
    assert_eq!(state.prompting.changes.len(), 1 + 2, "each goes to the file");
}

#[test]
fn styles_of_another_window_come_in_beside_what_was_changed_meanwhile() {
    let styles = |names: &[&str]| {
        let style = |name: &&str| Style { name: (*name).to_owned(), prompt: "x".to_owned(), ..Style::default() };
        Styles { styles: names.iter().map(style).collect(), on: Vec::new() }
    };
    let mut state = ready();
    state.form.styles = styles(&["mine", "newer"]);
    let report = PromptingReport::StylesMerged { styles: styles(&["mine"]), merged: styles(&["mine", "theirs"]) };
    state.on_prompting_report(report);
    assert_eq!(state.form.styles, styles(&["mine", "newer", "theirs"]));
}

#[test]
fn favourites_stay_on_top_and_deleted_prompts_come_back() {
    let mut harness = bench_of_size(used(&["a red boat", "a star", "a blue boat"]), [1000.0, 900.0]);
    press(&mut harness, Modifiers::COMMAND, Key::H);
    click(&mut harness, "Make a blue boat a favourite");
    assert_eq!(state(&harness).prompting.history.found("")[0].prompt, "a blue boat");
    click(&mut harness, "Delete the prompt a star");
    assert_eq!(history(state(&harness)), ["a red boat", "a blue boat"]);
    click(&mut harness, "Clear history");
    assert_eq!(history(state(&harness)), ["a blue boat"], "a favourite stays");
    click(&mut harness, "Undo delete");
    click(&mut harness, "Undo delete");
    assert_eq!(history(state(&harness)), ["a red boat", "a star", "a blue boat"]);
    assert_eq!(state(&harness).prompting.changes.len(), 3 + 5, "each change goes to the file");
    // Enter on a button presses the button.
    harness.get_by_label("a red boat").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(prompt(&harness), "a red boat");
}

#[test]
fn alt_and_a_letter_type_nothing_into_the_prompt() {
    let mut harness = bench(with_server("a boat"));
    harness.get_by_label("Prompt").focus();
    harness.run_steps(2);
    // Both in one frame, as systems send them.
    let (key, modifiers) = (Key::I, Modifiers::ALT);
    let pressed = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    harness.input_mut().events.extend([pressed, egui::Event::Text("i".to_owned())]);
    harness.run_steps(3);
    assert_eq!((prompt(&harness), state(&harness).prompting.enhance.is_running()), ("a boat", true));
}

#[test]
fn keys_walk_through_used_prompts_and_back_to_the_draft() {
    let mut harness = bench(used(&["a red boat", "a star"]));
    let mut shown = Vec::new();
    for key in [Key::PageUp, Key::PageUp, Key::PageUp, Key::PageDown, Key::PageDown] {
        press(&mut harness, Modifiers::ALT, key);
        shown.push(prompt(&harness).to_owned());
    }
    assert_eq!(shown, ["a red boat", "a star", "a star", "a red boat", "a draft"]);
    press(&mut harness, Modifiers::ALT, Key::PageUp);
    harness.state_mut().shell.state.apply(Command::SetPrompt("typed".to_owned()), &mut Vec::new());
    press(&mut harness, Modifiers::ALT, Key::PageUp);
    assert_eq!(prompt(&harness), "a red boat", "typing begins a new walk");
    press(&mut harness, Modifiers::ALT, Key::PageDown);
    assert_eq!(prompt(&harness), "typed");
}

#[test]
fn a_prompt_that_is_refused_is_not_one_that_was_used() {
    let mut state = ready();
    run(&mut state, Action::Generate);
    assert!(state.prompting.changes.is_empty() && state.prompting.history.prompts.is_empty());
    let change = HistoryChange::Use(state.typed());
    assert!(state.prompting.history.change(&change).is_empty() && state.prompting.history.prompts.is_empty());
}

/// A state with two styles, both off.
fn styled() -> State {
    let mut state = ready();
    let style = |name: &str, prompt: &str, negative: &str| Style {
        name: name.to_owned(),
        prompt: prompt.to_owned(),
        negative: negative.to_owned(),
    };
    state.form.styles = Styles {
        styles: vec![style("Film", "film of {prompt}", "cartoon"), style("Dusk", "{prompt} at dusk", "")],
        on: Vec::new(),
    };
    apply(&mut state, [Command::SetPrompt("a boat".to_owned())]);
    state
}

#[test]
fn styles_that_are_on_are_shown_and_given_to_the_model() {
    let mut harness = bench_of_size(styled(), [1200.0, 1000.0]);
    press(&mut harness, Modifiers::ALT, Key::S);
    click(&mut harness, "Use the style Film");
    click(&mut harness, "Use the style Dusk");
    assert!(says(&harness, "The model is given: film of a boat at dusk"));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(says(&harness, "The model is given: film of a boat at dusk"));
    assert!(says(&harness, "With the negative prompt: cartoon"));
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    let submitted = harness.state().effects.iter().find_map(|effect| match effect {
        Effect::Submit(request) => Some(request.clip.clone()),
        _ => None,
    });
    let clip = submitted.expect("a clip was asked for");
    assert_eq!((clip.prompt.as_str(), clip.negative.as_str()), ("film of a boat at dusk", "cartoon"));
    assert_eq!((prompt(&harness), history(state(&harness))), ("a boat", vec!["a boat"]), "what was typed stays");
    click(&mut harness, "Switch the style Film off");
    assert_eq!(state(&harness).form.styled().prompt, "a boat at dusk");
}

#[test]
fn settings_of_a_clip_do_not_get_their_styles_twice() {
    let mut state = styled();
    state.form.styles.on = vec!["Film".to_owned()];
    super::finish(&mut state, 1, "film of a boat");
    run(&mut state, Action::ReuseSettings);
    assert_eq!((state.form.styled().prompt.as_str(), state.form.styles.on.len()), ("film of a boat", 0));
}

#[test]
fn styles_are_edited_renamed_duplicated_deleted_and_every_change_is_undone() {
    let mut harness = bench_of_size(styled(), [1200.0, 1000.0]);
    let before = state(&harness).form.styles.clone();
    press(&mut harness, Modifiers::ALT, Key::S);
    click(&mut harness, "Duplicate");
    let names = |harness: &Harness<'_, Bench>| {
        let styles = &state(harness).form.styles.styles;
        styles.iter().map(|style| style.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&harness), ["Film", "Dusk", "Film 2"], "{:?}", harness.state().commands);
    harness.get_by_label("Name").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::End);
    harness.get_by_label("Name").type_text("x");
    harness.run_steps(2);
    click(&mut harness, "Edit the style Dusk");
    assert_eq!(names(&harness), ["Film", "Dusk", "Film 2x"], "kept when another one is shown");
    click(&mut harness, "Delete style");
    assert_eq!(names(&harness), ["Film", "Film 2x"]);
    click(&mut harness, "New style");
    assert_eq!(names(&harness), ["Film", "Film 2x", "New style"]);
    for _ in 0..4 {
        click(&mut harness, "Undo");
    }
    assert_eq!(state(&harness).form.styles, before);
    // A name that another one has is told and not kept.
    click(&mut harness, "Edit the style Dusk");
    harness.get_by_label("Name").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    harness.get_by_label("Name").type_text("Film");
    harness.run_steps(2);
    click(&mut harness, "Edit the style Film");
    assert!(says(&harness, "Another style has this name"));
    assert_eq!(state(&harness).form.styles, before);
}

#[test]
fn styles_come_from_files_and_go_to_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut state = styled();
    run(&mut state, Action::EditStyles);
    let import = PromptingCommand::Styles(StyleCommand::Import);
    apply(&mut state, [Command::Prompting(import)]);
    let path = folder.path().join("styles.csv");
    let effects = apply(&mut state, [Command::SetPath(path.display().to_string()), Command::ConfirmDialog]);
    assert_eq!(orders(&effects), [&PromptingOrder::ReadStyles(path.clone())]);
    let read = hummingbird_engine::jobs::styles::read(&path);
    state.on_prompting_report(PromptingReport::StylesRead(path.clone(), read));
    assert!(matches!(&state.view.dialog, Some(DialogKind::Open { problem: Some(_), .. })), "the path can be corrected");
    std::fs::write(&path, "name,prompt,negative_prompt\nOil,oil painting of {prompt},photo\n").expect("writable");
    apply(&mut state, [Command::ConfirmDialog]);
    let read = hummingbird_engine::jobs::styles::read(&path);
    state.on_prompting_report(PromptingReport::StylesRead(path, read));
    assert_eq!(state.form.styles.styles.last().map(|style| style.name.as_str()), Some("Oil"));
    assert!(matches!(state.view.dialog, Some(DialogKind::Styles(_))), "back where it was asked for");

    let export = PromptingCommand::Styles(StyleCommand::Export);
    let target = folder.path().join("mine.json");
    std::fs::write(&target, "x").expect("writable");
    let typed = Command::SetPath(target.display().to_string());
    let effects = apply(&mut state, [Command::Prompting(export), typed, Command::ConfirmDialog]);
    assert!(orders(&effects).is_empty(), "a file that is there is asked about");
    let effects = apply(&mut state, [Command::ConfirmDialog]);
    let expected = PromptingOrder::WriteStyles(target, state.form.styles.clone());
    assert_eq!(orders(&effects), [&expected]);
}

#[test]
fn a_negative_prompt_is_offered_where_the_sampler_uses_one() {
    let mut state = ready();
    assert!(state.form.offers_negative(&state.models) && state.why_not(Action::FocusNegative).is_none());
    apply(&mut state, [Command::Choose(&table::SAMPLER, Some(SamplerKind::Turbo.to_value()))]);
    assert!(!state.form.offers_negative(&state.models) && state.why_not(Action::FocusNegative).is_some());
    let harness = bench_of_size(state, [1000.0, 2000.0]);
    assert!(harness.query_by_label(table::NEGATIVE.label).is_none());
    let mut state = ready();
    apply(&mut state, [Command::SetNumber(&table::GUIDANCE, "1".to_owned())]);
    assert!(!state.form.offers_negative(&state.models), "without guidance nothing is led away from");
    apply(&mut state, [Command::SetNegative("blur".to_owned())]);
    assert!(state.form.offers_negative(&state.models), "what is typed can be seen and taken out");
}
