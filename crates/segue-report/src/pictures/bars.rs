//! Bars side by side: sizes of segments, how a trait spreads.

use crate::canvas::{Anchor, Canvas, Style, bar, line};
use crate::figure::Figure;
use crate::number::{Unit, ratio};
use crate::table::Table;
use crate::words::{named, several};

/// One bar a thing, as long as its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The title.
    pub title: String,
    /// What one bar is, in the singular: `segment`.
    pub things: String,
    /// What the numbers are, in the plural: `profiles`.
    pub measure: String,
    /// How the numbers are written.
    pub unit: Unit,
    /// The bars, in the order in which they are drawn.
    pub bars: Vec<Bar>,
    /// The whole of which each bar is a part; `None` if they are no parts of one whole.
    pub of: Option<f64>,
}

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Its number.
    pub value: f64,
    /// What is said of it where somebody points at it; empty for nothing.
    pub description: String,
}

impl Bar {
    /// A bar of which nothing more is said.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Bar {
            name: name.into(),
            value,
            description: String::new(),
        }
    }
}

/// More bars than this stand in the table alone.
const MAX_BARS: usize = 30;

impl From<Bars> for Figure {
    fn from(bars: Bars) -> Self {
        let shown = bars.bars.len().min(MAX_BARS);
        let note = if shown < bars.bars.len() {
            format!(
                "The first {shown} of {}; the table has all.",
                bars.bars.len()
            )
        } else {
            String::new()
        };
        let figure = Figure::new(&bars.title, bars.sentence(), bars.table(), |canvas| {
            bars.draw(canvas)
        });
        figure.note(note)
    }
}

impl Bars {
    fn sentence(&self) -> String {
        let largest = self.bars.iter().max_by(|a, b| a.value.total_cmp(&b.value));
        let Some(largest) = largest else {
            return format!("There is no {}.", self.things);
        };
        let value = self.value(largest);
        let number = match self.of {
            Some(of) => format!(
                "{} of {} {} ({})",
                self.unit.show(largest.value),
                self.unit.show(of),
                self.measure,
                self.share(largest)
            ),
            None => format!("{value} {}", self.measure),
        };
        if self.bars.len() == 1 {
            return format!("{}: {number}.", named(&largest.name));
        }
        format!(
            "{} is the largest of {}: {number}.",
            named(&largest.name),
            several(self.bars.len(), &self.things)
        )
    }

    fn table(&self) -> Table {
        let share = self.of.map(|_| "share".to_owned());
        let numbers = std::iter::once(self.measure.clone()).chain(share);
        let mut table = Table::new([self.things.clone()]).numbers(numbers);
        for bar in &self.bars {
            let share = self.of.map(|_| self.share(bar));
            table.row([bar.name.clone(), self.value(bar)].into_iter().chain(share));
        }
        table
    }

    fn value(&self, bar: &Bar) -> String {
        self.unit.show(bar.value)
    }

    fn share(&self, bar: &Bar) -> String {
        Unit::Share.show(ratio(bar.value, self.of.unwrap_or(0.0)))
    }

    fn draw(&self, canvas: &mut Canvas) {
        let bars: Vec<&Bar> = self.bars.iter().take(MAX_BARS).collect();
        let is_wide = canvas.size.is_wide();
        let widest = |of: &dyn Fn(&Bar) -> f64| bars.iter().map(|bar| of(bar)).fold(0.0, f64::max);
        let values = widest(&|bar| Style::Strong.width(&self.value(bar)));
        let shares = if self.of.is_some() {
            widest(&|bar| Style::Quiet.width(&self.share(bar))) + 10.0
        } else {
            0.0
        };
        let names = widest(&|bar| Style::Label.width(&bar.name)).min(320.0);
        let left = if is_wide { names + 14.0 } else { 0.0 };
        let right = if is_wide {
            canvas.width - values - shares - 10.0
        } else {
            canvas.width
        };
        let low = bars.iter().map(|bar| bar.value).fold(0.0, f64::min);
        let high = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
        let scale = (right - left) / if high > low { high - low } else { 1.0 };
        let zero = left - low * scale;
        let mut y = 0.0;
        for row in &bars {
            let length = if row.value.is_finite() {
                row.value * scale
            } else {
                0.0
            };
            let (start, length) = (zero + length.min(0.0), length.abs());
            let (value, share) = (self.value(row), self.share(row));
            let (bar_y, height, text_y) = if is_wide {
                (y + 4.0, 18.0, y + 17.5)
            } else {
                (y + 20.0, 10.0, y + 13.0)
            };
            canvas.add(bar_back((left, bar_y), right - left, height));
            let least = if row.value == 0.0 { 0.0 } else { 1.0 };
            canvas.add(bar((start, bar_y), length.max(least), height, "c0 f").tip(self.tip(row)));
            let mut end = canvas.width;
            if self.of.is_some() {
                canvas.text((end, text_y), Anchor::End, Style::Quiet, &share, shares);
                end -= shares;
            }
            canvas.text((end, text_y), Anchor::End, Style::Strong, &value, values);
            if is_wide {
                canvas.text((names, text_y), Anchor::End, Style::Label, &row.name, names);
            } else {
                canvas.text(
                    (0.0, text_y),
                    Anchor::Start,
                    Style::Label,
                    &row.name,
                    end - values - 10.0,
                );
            }
            y += if is_wide { 27.0 } else { 42.0 };
        }
        if low < 0.0 {
            canvas.add(line((zero, 0.0), (zero, y), "axis"));
        }
        canvas.height = y;
    }

    fn tip(&self, bar: &Bar) -> String {
        let mut tip = format!("{}: {} {}", bar.name, self.value(bar), self.measure);
        if self.of.is_some() {
            tip += &format!(" ({})", self.share(bar));
        }
        if !bar.description.is_empty() {
            tip += &format!("\n{}", bar.description);
        }
        tip
    }
}

fn bar_back(at: (f64, f64), width: f64, height: f64) -> crate::markup::Element {
    bar(at, width, height, "back")
}
