//! A funnel: how many come to each step, and how many are lost on the way.

use crate::canvas::{Anchor, Canvas, Style, bar};
use crate::figure::Figure;
use crate::number::{count, percent, share};
use crate::table::Table;
use crate::words::{named, several};

/// Steps of which each has those of the one before who went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The title.
    pub title: String,
    /// Who is counted, in the plural: `people`.
    pub measure: String,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How many come to it.
    pub people: u64,
    /// How long it takes them to come here from the step before, in words; empty if that is not known.
    pub took: String,
}

impl Step {
    /// A step of which it is not known how long it takes.
    pub fn new(name: impl Into<String>, people: u64) -> Self {
        Step {
            name: name.into(),
            people,
            took: String::new(),
        }
    }
}

impl From<Steps> for Figure {
    fn from(steps: Steps) -> Self {
        Figure::new(&steps.title, steps.sentence(), steps.table(), |canvas| {
            steps.draw(canvas)
        })
    }
}

impl Steps {
    fn first(&self) -> u64 {
        self.steps.first().map_or(0, |step| step.people)
    }

    /// The steps, each with those who came to the one before.
    fn pairs(&self) -> impl Iterator<Item = (Option<u64>, &Step)> {
        let before = std::iter::once(None).chain(self.steps.iter().map(|step| Some(step.people)));
        before.zip(&self.steps)
    }

    fn sentence(&self) -> String {
        let (first, last) = (
            self.first(),
            self.steps.last().map_or(0, |step| step.people),
        );
        let mut sentence = format!(
            "{} of {} {} ({}) come to the last of {}.",
            count(last),
            count(first),
            self.measure,
            percent(last, first),
            several(self.steps.len(), "step")
        );
        let lost = |(before, step): &(Option<u64>, &Step)| {
            before.map_or(0, |n| n.saturating_sub(step.people))
        };
        let worst = self.pairs().max_by_key(lost);
        if let Some(worst) = worst.filter(|pair| lost(pair) > 0) {
            sentence += &format!(
                " Most are lost before {}: {}.",
                named(&worst.1.name),
                count(lost(&worst))
            );
        }
        sentence
    }

    fn table(&self) -> Table {
        let has_times = self.steps.iter().any(|step| !step.took.is_empty());
        let mut table = Table::new(["step"]).numbers([
            &*self.measure,
            "of the first",
            "of the step before",
            "lost",
        ]);
        if has_times {
            table = table.numbers(["median time from the step before"]);
        }
        for (before, step) in self.pairs() {
            let of_before = before.map_or_else(none, |before| percent(step.people, before));
            let lost = before.map_or_else(none, |before| count(before.saturating_sub(step.people)));
            let of_first = percent(step.people, self.first());
            table.row([
                step.name.clone(),
                count(step.people),
                of_first,
                of_before,
                lost,
                took(step),
            ]);
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let is_wide = canvas.size.is_wide();
        let names = self
            .steps
            .iter()
            .enumerate()
            .map(|(i, step)| Style::Label.width(&name(i, step)));
        let names = names.fold(0.0, f64::max).min(280.0);
        let widest = |text: &dyn Fn(&Step) -> String, style: Style| {
            self.steps
                .iter()
                .map(|step| style.width(&text(step)))
                .fold(0.0, f64::max)
        };
        let values = widest(&|step| count(step.people), Style::Strong);
        let shares = widest(&|step| percent(step.people, self.first()), Style::Quiet) + 10.0;
        let left = if is_wide { names + 14.0 } else { 0.0 };
        let right = if is_wide {
            canvas.width - values - shares - 10.0
        } else {
            canvas.width
        };
        let most = self.steps.iter().map(|step| step.people).max().unwrap_or(0);
        let length = |people: u64| share(people, most) * (right - left);
        let mut y = 0.0;
        for (i, (before, step)) in self.pairs().enumerate() {
            if let Some(before) = before {
                y += self.between(canvas, (left, y), before, step);
            }
            let (bar_y, height, text_y) = if is_wide {
                (y, 30.0, y + 19.5)
            } else {
                (y + 20.0, 16.0, y + 13.0)
            };
            let own = length(step.people);
            let gone = before.map_or(0.0, |before| length(before.saturating_sub(step.people)));
            canvas.add(bar((left, bar_y), right - left, height, "back"));
            if gone > 0.0 {
                let lost = format!(
                    "Lost before {}: {}",
                    step.name,
                    count(before.unwrap_or(0).saturating_sub(step.people))
                );
                canvas.add(bar((left + own, bar_y), gone, height, "c5 gone").tip(lost));
            }
            let tip = format!("{}: {} {}", step.name, count(step.people), self.measure);
            canvas.add(
                bar(
                    (left, bar_y),
                    if step.people > 0 { own.max(1.0) } else { 0.0 },
                    height,
                    "c0 f",
                )
                .tip(tip),
            );
            let of_first = percent(step.people, self.first());
            canvas.text(
                (canvas.width, text_y),
                Anchor::End,
                Style::Quiet,
                &of_first,
                shares,
            );
            let end = canvas.width - shares;
            canvas.text(
                (end, text_y),
                Anchor::End,
                Style::Strong,
                &count(step.people),
                values,
            );
            if is_wide {
                canvas.text(
                    (names, text_y),
                    Anchor::End,
                    Style::Label,
                    &name(i, step),
                    names,
                );
            } else {
                canvas.text(
                    (0.0, text_y),
                    Anchor::Start,
                    Style::Label,
                    &name(i, step),
                    end - values - 10.0,
                );
            }
            y = bar_y + height;
        }
        canvas.height = y + 4.0;
    }

    /// What stands between two steps: how high it is.
    fn between(&self, canvas: &mut Canvas, (left, y): (f64, f64), before: u64, step: &Step) -> f64 {
        let lost = before.saturating_sub(step.people);
        let mut text = format!("− {} ({})", count(lost), percent(lost, before));
        if !step.took.is_empty() {
            text += &format!(" · median {}", step.took);
        }
        canvas.text(
            (left + 2.0, y + 15.0),
            Anchor::Start,
            Style::Quiet,
            &text,
            canvas.width - left,
        );
        24.0
    }
}

fn name(i: usize, step: &Step) -> String {
    format!("{}. {}", i + 1, step.name)
}

fn took(step: &Step) -> String {
    if step.took.is_empty() {
        none()
    } else {
        step.took.clone()
    }
}

fn none() -> String {
    "–".to_owned()
}
