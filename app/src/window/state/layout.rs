//! How the window is divided: the panels beside the clip, their widths, and what a narrow window shows.

use serde::{Deserialize, Serialize};

use crate::language::tr;

/// A panel beside the clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Prompt and settings, on the left.
    Controls,
    /// Queue and history, on the right.
    History,
}

impl Side {
    /// Least width in points: its rows fit into that.
    pub fn least_width(self) -> f32 {
        match self {
            Self::Controls => 280.0,
            Self::History => 150.0,
        }
    }

    fn most_width(self) -> f32 {
        match self {
            Self::Controls => 560.0,
            Self::History => 420.0,
        }
    }
}

/// What a window that is too narrow for all panels shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Prompt and settings.
    #[default]
    Create,
    /// The clip; where it stands beside the panels anyway, prompt and settings are.
    Clip,
    /// Queue and history.
    History,
}

impl Page {
    /// Its name on the button that shows it.
    pub fn label(self) -> String {
        match self {
            Self::Create => tr!("state-page-create"),
            Self::Clip => tr!("state-page-clip"),
            Self::History => tr!("state-page-history"),
        }
    }
}

/// How many columns fit beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// One of the three.
    One,
    /// The clip, and one of the others.
    Two,
    /// All.
    Three,
}

impl Columns {
    /// Those of a window that is `width` points wide.
    pub fn of(width: f32) -> Self {
        match width {
            ..560.0 => Self::One,
            560.0..820.0 => Self::Two,
            _ => Self::Three,
        }
    }

    /// The pages that are chosen between.
    pub fn pages(self) -> &'static [Page] {
        match self {
            Self::One => &[Page::Create, Page::Clip, Page::History],
            Self::Two => &[Page::Create, Page::History],
            Self::Three => &[],
        }
    }
}

/// The panels as the user has set them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Width of the controls, in points.
    pub controls_width: f32,
    /// Whether they are shown.
    pub controls_shown: bool,
    /// Width of the history, in points.
    pub history_width: f32,
    /// Whether it is shown.
    pub history_shown: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { controls_width: 320.0, controls_shown: true, history_width: 188.0, history_shown: true }
    }
}

impl Layout {
    /// Whether a panel is shown where there is room for it.
    pub fn shows(&self, side: Side) -> bool {
        match side {
            Side::Controls => self.controls_shown,
            Side::History => self.history_shown,
        }
    }

    /// Shows a panel, or hides it.
    pub fn toggle(&mut self, side: Side) {
        let shown = match side {
            Side::Controls => &mut self.controls_shown,
            Side::History => &mut self.history_shown,
        };
        *shown = !*shown;
    }

    /// Least and most width of a panel in a window that is `window` points wide: the clip keeps a third.
    pub fn range(side: Side, window: f32) -> (f32, f32) {
        let part = match side {
            Side::Controls => 0.45,
            Side::History => 0.22,
        };
        let least = side.least_width();
        (least, (window * part).clamp(least, side.most_width()))
    }

    /// Width of a panel in a window that is `window` points wide.
    pub fn width(&self, side: Side, window: f32) -> f32 {
        let (least, most) = Self::range(side, window);
        let width = match side {
            Side::Controls => self.controls_width,
            Side::History => self.history_width,
        };
        // What a file says may be no number.
        if width.is_finite() { width.clamp(least, most) } else { least }
    }

    /// Sets the width of a panel.
    pub fn set_width(&mut self, side: Side, width: f32) {
        let width = width.clamp(side.least_width(), side.most_width());
        match side {
            Side::Controls => self.controls_width = width,
            Side::History => self.history_width = width,
        }
    }
}

/// Sizes of everything in the window that are offered, in percent.
pub const SCALES: [u16; 9] = [50, 75, 100, 125, 150, 175, 200, 250, 300];

/// A size of everything in the window, in percent, that this program draws.
pub fn scale_in_range(percent: u16) -> u16 {
    percent.clamp(SCALES[0], SCALES[SCALES.len() - 1])
}

/// The next larger (or smaller) of [`SCALES`].
pub fn next_scale(percent: u16, larger: bool) -> u16 {
    let next = if larger {
        SCALES.iter().find(|scale| **scale > percent)
    } else {
        SCALES.iter().rev().find(|scale| **scale < percent)
    };
    next.copied().unwrap_or_else(|| scale_in_range(percent))
}

/// What the system's own bars and a window's title take of a screen, in points.
const SYSTEM_BARS: [f32; 2] = [16.0, 64.0];

/// The size of a window of `size` points that fits a screen of `screen` points.
pub fn fitting(size: [f32; 2], screen: [f32; 2]) -> [f32; 2] {
    std::array::from_fn(|axis| {
        let most = screen[axis] - SYSTEM_BARS[axis];
        // A screen of which nothing is known has no size.
        if screen[axis] > 0.0 { size[axis].min(most.max(200.0)) } else { size[axis] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_leave_a_third_for_the_clip_and_come_back_with_the_room() {
        let mut layout = Layout::default();
        layout.set_width(Side::Controls, 900.0);
        layout.set_width(Side::History, 900.0);
        for window in [820.0, 880.0, 1280.0, 2560.0_f32] {
            let sides = layout.width(Side::Controls, window) + layout.width(Side::History, window);
            assert!(window - sides >= window * 0.3, "{window}: {sides}");
        }
        assert!((layout.width(Side::Controls, 4000.0) - 560.0).abs() < 0.1, "the width is kept while there is no room");
        layout.controls_width = f32::NAN;
        assert!(layout.width(Side::Controls, 1000.0).is_finite());
    }

    #[test]
    fn scales_go_up_and_down_and_stay_in_range() {
        assert_eq!((next_scale(100, true), next_scale(100, false), next_scale(110, true)), (125, 75, 125));
        assert_eq!((next_scale(300, true), next_scale(50, false)), (300, 50));
        assert_eq!((scale_in_range(0), scale_in_range(9999)), (50, 300));
    }

    #[test]
    fn a_window_fits_its_screen() {
        assert_eq!(fitting([1200.0, 820.0], [2560.0, 1440.0]), [1200.0, 820.0]);
        assert_eq!(fitting([1200.0, 820.0], [1280.0, 720.0]), [1200.0, 656.0]);
        assert_eq!(fitting([1200.0, 820.0], [640.0, 480.0]), [624.0, 416.0]);
        assert_eq!(fitting([1200.0, 820.0], [0.0, 0.0]), [1200.0, 820.0]);
        let fitted = fitting([1200.0, 820.0], [640.0, 480.0]);
        assert_eq!(fitting(fitted, [640.0, 480.0]), fitted, "it does not shrink at every start");
    }
}
