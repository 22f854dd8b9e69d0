//! Lines over time.

use crate::axes::{Key, PERIODS_HEIGHT, ends, ends_width, hits, legend, periods, upright};
use crate::canvas::{Canvas, path, polyline};
use crate::colour::{MAX_SERIES, series};
use crate::dates;
use crate::figure::Figure;
use crate::markup::Element;
use crate::number::{Unit, place};
use crate::table::Table;
use crate::words::{named, several};

/// Numbers of several things by period.
#[derive(Clone, Debug, PartialEq)]
pub struct Trends {
    /// The title.
    pub title: String,
    /// What one line is, in the singular: `segment`.
    pub things: String,
    /// What the numbers are, in the plural: `profiles`.
    pub measure: String,
    /// How they are written.
    pub unit: Unit,
    /// The names of the periods.
    pub periods: Vec<String>,
    /// The lines.
    pub lines: Vec<Trend>,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Its name.
    pub name: String,
    /// Its number in each period; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

impl Trend {
    fn at(&self, period: usize) -> Option<f64> {
        self.values
            .get(period)
            .copied()
            .flatten()
            .filter(|value| value.is_finite())
    }

    /// The last number that there is.
    fn last(&self) -> Option<f64> {
        self.values
            .iter()
            .rev()
            .flatten()
            .copied()
            .find(|value| value.is_finite())
    }

    fn first(&self) -> Option<f64> {
        self.values
            .iter()
            .flatten()
            .copied()
            .find(|value| value.is_finite())
    }
}

impl From<Trends> for Figure {
    fn from(trends: Trends) -> Self {
        let drawn = trends.lines.len().min(MAX_SERIES);
        let note = if drawn < trends.lines.len() {
            format!(
                "The {drawn} with the greatest numbers of {}; the table has all.",
                trends.lines.len()
            )
        } else {
            String::new()
        };
        Figure::new(&trends.title, trends.sentence(), trends.table(), |canvas| {
            trends.draw(canvas)
        })
        .note(note)
    }
}

impl Trends {
    fn sentence(&self) -> String {
        let (Some(first), Some(last)) = (self.periods.first(), self.periods.last()) else {
            return "There is no period.".to_owned();
        };
        let change = |line: &Trend| line.last().unwrap_or(0.0) - line.first().unwrap_or(0.0);
        let most = self
            .lines
            .iter()
            .max_by(|a, b| change(a).abs().total_cmp(&change(b).abs()));
        let [first, last] = [first, last].map(|name| dates::short(name));
        let moved = most.and_then(|line| Some((line, line.first()?, line.last()?)));
        let moved = moved.map(|(line, from, to)| (line, self.unit.show(from), self.unit.show(to)));
        if let ([line], Some((_, from, to))) = (self.lines.as_slice(), &moved) {
            let name = named(&line.name);
            return if first == last {
                format!("{name} in {first}: {to}.")
            } else {
                format!("{name} from {from} in {first} to {to} in {last}.")
            };
        }
        let begin = format!(
            "{}, {}, {first} to {last}",
            several(self.lines.len(), &self.things),
            self.measure
        );
        match moved.filter(|(_, from, to)| from != to) {
            Some((line, from, to)) => {
                let name = named(&line.name);
                format!("{begin}; {name} changed the most, from {from} to {to}.")
            }
            None => begin + ".",
        }
    }

    fn table(&self) -> Table {
        let names = self.lines.iter().map(|line| line.name.clone());
        let mut table = Table::new(["period"]).numbers(names);
        for (i, period) in self.periods.iter().enumerate() {
            let values = self.lines.iter().map(|line| {
                line.at(i)
                    .map_or_else(|| "–".to_owned(), |v| self.unit.show(v))
            });
            table.row(std::iter::once(dates::short(period)).chain(values));
        }
        table
    }

    /// The lines that are drawn: those with the greatest last numbers, in their own order.
    fn drawn(&self) -> Vec<&Trend> {
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        let last = |i: &usize| self.lines.get(*i).and_then(Trend::last).unwrap_or(f64::MIN);
        order.sort_by(|a, b| last(b).total_cmp(&last(a)));
        order.truncate(MAX_SERIES);
        order.sort_unstable();
        order
            .into_iter()
            .filter_map(|i| self.lines.get(i))
            .collect()
    }

    fn draw(&self, canvas: &mut Canvas) {
        let lines = self.drawn();
        let n = self.periods.len();
        let keys: Vec<Key> = lines
            .iter()
            .enumerate()
            .map(|(i, line)| Key {
                name: line.name.clone(),
                class: series(i),
                value: line.last().map_or_else(String::new, |v| self.unit.show(v)),
            })
            .collect();
        let is_wide = canvas.size.is_wide();
        let (top, side) = if is_wide {
            (8.0, ends_width(&keys, 270.0))
        } else {
            (legend(canvas, &keys, 0.0) + 8.0, 6.0)
        };
        let bottom = top + if is_wide { 250.0 } else { 190.0 };
        let right = canvas.width - side;
        let all = || {
            lines
                .iter()
                .flat_map(|line| line.values.iter().flatten())
                .copied()
                .filter(|v| v.is_finite())
        };
        let bounds = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
        let (y, left) = upright(canvas, bounds, self.unit, (top, bottom), right);
        let x = |i: usize| {
            if n > 1 {
                left + 4.0 + (right - left - 8.0) * place(i) / place(n - 1)
            } else {
                (left + right) / 2.0
            }
        };
        for (i, line) in lines.iter().enumerate() {
            let class = series(i);
            for run in runs(line, n) {
                let points: Vec<(f64, f64)> = run.iter().map(|(i, v)| (x(*i), y.at(*v))).collect();
                canvas.add(path(polyline(&points), format!("{class} l")));
                let ends = if n <= 31 {
                    points.as_slice()
                } else {
                    points.get(points.len() - 1..).unwrap_or_default()
                };
                for (px, py) in ends {
                    canvas.add(
                        Element::new("circle")
                            .at("cx", *px)
                            .at("cy", *py)
                            .at("r", 2.6)
                            .class(format!("{class} dot")),
                    );
                }
            }
        }
        let tip = |i: usize| self.tip(i);
        hits(
            canvas,
            self.periods.len(),
            x,
            (left, right),
            (top, bottom),
            tip,
        );
        if is_wide {
            let at: Vec<f64> = lines
                .iter()
                .map(|line| y.at(line.last().unwrap_or(bounds.0)))
                .collect();
            ends(canvas, &keys, &at, right, (top, bottom));
        }
        periods(canvas, &self.periods, x, bottom);
        canvas.height = bottom + PERIODS_HEIGHT;
    }

    /// What is shown of a period where somebody points at it.
    fn tip(&self, period: usize) -> String {
        let mut tip = self
            .periods
            .get(period)
            .map_or_else(String::new, |name| dates::short(name));
        for line in self.drawn() {
            if let Some(value) = line.at(period) {
                tip += &format!("\n{}: {}", line.name, self.unit.show(value));
            }
        }
        tip
    }
}

/// The stretches of a line that are not interrupted.
fn runs(line: &Trend, periods: usize) -> Vec<Vec<(usize, f64)>> {
    let mut runs = vec![Vec::new()];
    for i in 0..periods {
        match line.at(i) {
            Some(value) => {
                if let Some(run) = runs.last_mut() {
                    run.push((i, value));
                }
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}
