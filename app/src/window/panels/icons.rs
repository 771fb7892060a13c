//! Icons, drawn as shapes: sharp at every scale, in the colour of the text, without a font that may lack them.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

/// A picture on a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Play,
    Pause,
    Previous,
    Next,
    First,
    Last,
    Loop,
    Dice,
    Locked,
    Unlocked,
    Bin,
    Close,
    Warning,
    Info,
    Film,
    Pixels,
    Star,
}

/// Draws an icon into the square in the middle of `rect`.
pub fn paint(painter: &Painter, icon: Icon, rect: Rect, colour: Color32) {
    let side = rect.width().min(rect.height());
    let square = Rect::from_center_size(rect.center(), vec2(side, side));
    let at = |x: f32, y: f32| pos2(square.left() + x * side, square.top() + y * side);
    let stroke = Stroke::new((side * 0.11).max(1.2), colour);
    let solid = |points: Vec<Pos2>| {
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    let line = |points: Vec<Pos2>| {
        painter.add(Shape::line(points, stroke));
    };
    let bar = |x: f32, width: f32| {
        painter.rect_filled(Rect::from_min_max(at(x, 0.18), at(x + width, 0.82)), 1.0, colour);
    };
    let right = |x: f32| solid(vec![at(x, 0.18), at(x + 0.52, 0.5), at(x, 0.82)]);
    let left = |x: f32| solid(vec![at(x, 0.18), at(x - 0.52, 0.5), at(x, 0.82)]);
    match icon {
        Icon::Play => solid(vec![at(0.24, 0.12), at(0.86, 0.5), at(0.24, 0.88)]),
        Icon::Pause => {
            bar(0.22, 0.2);
            bar(0.58, 0.2);
        }
        Icon::Previous => left(0.72),
        Icon::Next => right(0.28),
        Icon::First => {
            bar(0.14, 0.12);
            left(0.82);
        }
        Icon::Last => {
            right(0.18);
            bar(0.74, 0.12);
        }
        Icon::Loop => {
            // Most of a circle with an arrow head at its open end.
            let turn = std::f32::consts::TAU;
            let arc = (0..=24).map(|index| {
                let angle = turn * (0.05 + 0.78 * index as f32 / 24.0);
                at(0.5 + 0.34 * angle.cos(), 0.5 + 0.34 * angle.sin())
            });
            line(arc.collect());
            solid(vec![at(0.98, 0.3), at(0.62, 0.36), at(0.84, 0.02)]);
        }
        Icon::Dice => {
            let face = Rect::from_min_max(at(0.14, 0.14), at(0.86, 0.86));
            painter.rect_stroke(face, side * 0.16, stroke, StrokeKind::Middle);
            for (x, y) in [(0.34, 0.34), (0.66, 0.34), (0.5, 0.5), (0.34, 0.66), (0.66, 0.66)] {
                painter.circle_filled(at(x, y), side * 0.07, colour);
            }
        }
        Icon::Locked | Icon::Unlocked => {
            painter.rect_filled(Rect::from_min_max(at(0.2, 0.46), at(0.8, 0.9)), side * 0.08, colour);
            let shift = if icon == Icon::Unlocked { 0.28 } else { 0.0 };
            let bow = (0..=12).map(|index| {
                let angle = std::f32::consts::PI * (1.0 + index as f32 / 12.0);
                at(0.5 + shift + 0.19 * angle.cos(), 0.33 + 0.19 * angle.sin())
            });
            let feet = [at(0.31 + shift, 0.46), at(0.69 + shift, if shift > 0.0 { 0.36 } else { 0.46 })];
            line([feet[0]].into_iter().chain(bow).chain([feet[1]]).collect());
        }
        Icon::Bin => {
            line(vec![at(0.14, 0.24), at(0.86, 0.24)]);
            line(vec![at(0.38, 0.22), at(0.42, 0.12), at(0.58, 0.12), at(0.62, 0.22)]);
            line(vec![at(0.24, 0.26), at(0.3, 0.88), at(0.7, 0.88), at(0.76, 0.26)]);
            line(vec![at(0.5, 0.4), at(0.5, 0.74)]);
        }
        Icon::Close => {
            line(vec![at(0.22, 0.22), at(0.78, 0.78)]);
            line(vec![at(0.78, 0.22), at(0.22, 0.78)]);
        }
        Icon::Warning => {
            line(vec![at(0.5, 0.12), at(0.92, 0.86), at(0.08, 0.86), at(0.5, 0.12)]);
            line(vec![at(0.5, 0.38), at(0.5, 0.6)]);
            painter.circle_filled(at(0.5, 0.73), side * 0.06, colour);
        }
        Icon::Info => {
            painter.circle_stroke(at(0.5, 0.5), side * 0.4, stroke);
            line(vec![at(0.5, 0.46), at(0.5, 0.72)]);
            painter.circle_filled(at(0.5, 0.3), side * 0.06, colour);
        }
        Icon::Pixels => {
            for (x, y) in [(0.1, 0.1), (0.5, 0.5)] {
                painter.rect_filled(Rect::from_min_max(at(x, y), at(x + 0.4, y + 0.4)), 0.0, colour);
            }
            painter.rect_stroke(Rect::from_min_max(at(0.1, 0.1), at(0.9, 0.9)), 0.0, stroke, StrokeKind::Middle);
        }
        Icon::Star => {
            let points = (0..=10).map(|index| {
                let angle = std::f32::consts::PI * (index as f32 / 5.0 - 0.5);
                let radius = if index % 2 == 0 { 0.46 } else { 0.19 };
                at(0.5 + radius * angle.cos(), 0.53 + radius * angle.sin())
            });
            line(points.collect());
        }
        Icon::Film => {
            let frame = Rect::from_min_max(at(0.06, 0.16), at(0.94, 0.84));
            painter.rect_stroke(frame, side * 0.06, stroke, StrokeKind::Middle);
            for x in [0.26, 0.74] {
                line(vec![at(x, 0.16), at(x, 0.84)]);
            }
            for y in [0.38, 0.61] {
                line(vec![at(0.06, y), at(0.26, y)]);
                line(vec![at(0.74, y), at(0.94, y)]);
            }
        }
    }
}
