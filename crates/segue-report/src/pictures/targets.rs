//! How near numbers come to their targets.

use crate::canvas::{Anchor, Canvas, Style, bar, line};
use crate::figure::Figure;
use crate::number::{Unit, count, ratio};
use crate::table::Table;

/// Numbers with their targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// The title.
    pub title: String,
    /// What a row is, in the singular: `touchpoint`.
    pub things: String,
    /// The rows.
    pub targets: Vec<Target>,
}

/// A number and its target.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Whose number it is.
    pub name: String,
    /// The period that it is of, in words.
    pub period: String,
    /// How it is written.
    pub unit: Unit,
    /// The number; `None` where there is nothing to take it of.
    pub value: Option<f64>,
    /// Its target; `None` without one.
    pub target: Option<f64>,
    /// How it stands.
    pub state: TargetState,
}

/// How a number stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// It is the target or more.
    Reached,
    /// It is less.
    Below,
    /// It is too early to say.
    Unfinished,
    /// There is no target.
    None,
}

impl TargetState {
    /// A mark and a word: not by colour alone.
    fn shown(self) -> (&'static str, &'static str) {
        match self {
            TargetState::Reached => ("✓ reached", "good"),
            TargetState::Below => ("✗ below", "bad"),
            TargetState::Unfinished => ("… not over", "c6"),
            TargetState::None => ("no target", "c6"),
        }
    }
}

/// Bars end here, in times of the target.
const MOST: f64 = 1.5;

impl From<Targets> for Figure {
    fn from(targets: Targets) -> Self {
        let note = "The stroke is the target; bars end at one and a half times of it.";
        Figure::new(
            &targets.title,
            targets.sentence(),
            targets.table(),
            |canvas| targets.draw(canvas),
        )
        .note(note)
    }
}

impl Targets {
    fn sentence(&self) -> String {
        let how_many = |state| {
            let n = self
                .targets
                .iter()
                .filter(|target| target.state == state)
                .count();
            u64::try_from(n).unwrap_or(u64::MAX)
        };
        let (reached, below) = (how_many(TargetState::Reached), how_many(TargetState::Below));
        let open = how_many(TargetState::Unfinished);
        let mut sentence = format!("{} reached, {} below", count(reached), count(below));
        if open > 0 {
            sentence += &format!(", {} too early to say", count(open));
        }
        sentence + "."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([&*self.things, "period"])
            .numbers(["value", "target"])
            .numbers(["status"]);
        for of in &self.targets {
            table.row([
                of.name.clone(),
                of.period.clone(),
                of.shown(of.value),
                of.shown(of.target),
                of.state.shown().0.to_owned(),
            ]);
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let is_wide = canvas.size.is_wide();
        let names: Vec<String> = self.targets.iter().map(Target::label).collect();
        let left = names
            .iter()
            .map(|name| Style::Label.width(name))
            .fold(0.0, f64::max)
            .min(300.0)
            + 14.0;
        let states = self
            .targets
            .iter()
            .map(|of| Style::Label.width(of.state.shown().0))
            .fold(0.0, f64::max);
        let values = self
            .targets
            .iter()
            .map(|of| Style::Strong.width(&of.shown(of.value)))
            .fold(0.0, f64::max);
        let wide_left = if is_wide { left } else { 0.0 };
        let right = if is_wide {
            canvas.width - states - values - 30.0
        } else {
            canvas.width
        };
        let mut y = 0.0;
        for (of, name) in self.targets.iter().zip(&names) {
            let (state, class) = of.state.shown();
            let (bar_y, text_y, height) = if is_wide {
                (y + 5.0, y + 18.5, 18.0)
            } else {
                (y + 40.0, y + 13.0, 10.0)
            };
            canvas.add(bar((wide_left, bar_y), right - wide_left, height, "back"));
            let part = of.part();
            let length = (right - wide_left) * (part / MOST).clamp(0.0, 1.0);
            let tip = format!(
                "{name}: {} of {}, {state}",
                of.shown(of.value),
                of.shown(of.target)
            );
            canvas.add(bar((wide_left, bar_y), length, height, format!("{class} f")).tip(tip));
            if of.target.is_some() {
                let x = wide_left + (right - wide_left) / MOST;
                canvas.add(line((x, bar_y - 3.0), (x, bar_y + height + 3.0), "mark"));
            }
            if is_wide {
                canvas.text(
                    (left - 14.0, text_y),
                    Anchor::End,
                    Style::Label,
                    name,
                    left - 14.0,
                );
                canvas.text(
                    (right + 12.0 + values, text_y),
                    Anchor::End,
                    Style::Strong,
                    &of.shown(of.value),
                    values,
                );
                canvas.text(
                    (canvas.width, text_y),
                    Anchor::End,
                    Style::Label,
                    state,
                    states,
                );
            } else {
                canvas.text(
                    (0.0, text_y),
                    Anchor::Start,
                    Style::Label,
                    name,
                    canvas.width,
                );
                canvas.text(
                    (0.0, text_y + 18.0),
                    Anchor::Start,
                    Style::Strong,
                    &of.shown(of.value),
                    values,
                );
                canvas.text(
                    (canvas.width, text_y + 18.0),
                    Anchor::End,
                    Style::Label,
                    state,
                    states,
                );
            }
            y += if is_wide { 30.0 } else { 64.0 };
        }
        canvas.height = y;
    }
}

impl Target {
    fn label(&self) -> String {
        if self.period.is_empty() {
            self.name.clone()
        } else {
            format!("{}, {}", self.name, self.period)
        }
    }

    fn shown(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| self.unit.show(value))
    }

    /// The number in times of the target.
    fn part(&self) -> f64 {
        match (self.value, self.target) {
            (Some(value), Some(target)) if target > 0.0 => ratio(value, target),
            // What is not below a target of nothing has reached it.
            (Some(_), Some(_)) => MOST,
            _ => 0.0,
        }
    }
}
