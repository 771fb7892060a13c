//! The dialog of styles: which one is being edited, and what is typed there.

use hummingbird_engine::jobs::styles::{Style, Styles};

/// The dialog of styles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StylesPage {
    /// The name of the style that is shown.
    pub shown: Option<String>,
    /// What is typed of it.
    pub draft: Style,
    /// Why the draft is not kept.
    pub problem: Option<StyleProblem>,
}

/// Why a style is not kept as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleProblem {
    /// It has no name.
    NoName,
    /// Another one has the name.
    Taken,
}

impl StylesPage {
    /// The dialog as it opens: with the first style that is on, else the first.
    pub fn of(styles: &Styles) -> Self {
        let mut page = Self::default();
        page.show(styles.used().next().or(styles.styles.first()));
        page
    }

    /// Shows a style.
    pub fn show(&mut self, style: Option<&Style>) {
        self.shown = style.map(|style| style.name.clone());
        self.draft = style.cloned().unwrap_or_default();
        self.problem = None;
    }
}

/// Puts what is typed in the place of the style that is shown; a new name goes with it where the style is on.
///
/// # Errors
/// [`StyleProblem`]; the styles are then as they were.
pub fn keep_draft(styles: &mut Styles, page: &StylesPage) -> Result<(), StyleProblem> {
    let Some(shown) = &page.shown else { return Ok(()) };
    let name = page.draft.name.trim();
    if name.is_empty() {
        return Err(StyleProblem::NoName);
    }
    if name != shown && styles.styles.iter().any(|style| style.name == name) {
        return Err(StyleProblem::Taken);
    }
    if let Some(style) = styles.styles.iter_mut().find(|style| style.name == *shown) {
        *style = Style { name: name.to_owned(), ..page.draft.clone() };
        styles.on.iter_mut().filter(|on| *on == shown).for_each(|on| name.clone_into(on));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles() -> Styles {
        let style = |name: &str| Style { name: name.to_owned(), prompt: "x".to_owned(), negative: String::new() };
        Styles { styles: vec![style("A"), style("B")], on: vec!["B".to_owned()] }
    }

    #[test]
    fn a_new_name_goes_with_a_style_that_is_on() {
        let mut styles = styles();
        let mut page = StylesPage::of(&styles);
        assert_eq!(page.shown.as_deref(), Some("B"), "one that is on is shown first");
        page.draft = Style { name: " C ".to_owned(), prompt: "y".to_owned(), negative: "z".to_owned() };
        assert_eq!(keep_draft(&mut styles, &page), Ok(()));
        assert_eq!((styles.on.as_slice(), styles.styles[1].prompt.as_str()), (&["C".to_owned()][..], "y"));
    }

    #[test]
    fn a_style_without_a_name_or_with_that_of_another_is_not_kept() {
        let before = styles();
        for (name, problem) in [("  ", StyleProblem::NoName), ("A", StyleProblem::Taken)] {
            let mut styles = before.clone();
            let mut page = StylesPage::of(&styles);
            page.draft.name = name.to_owned();
            assert_eq!(keep_draft(&mut styles, &page), Err(problem));
            assert_eq!(styles, before);
        }
    }
}
