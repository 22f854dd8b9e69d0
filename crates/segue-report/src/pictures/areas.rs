//! How many are in each stage over time, stacked.

use crate::axes::{Key, PERIODS_HEIGHT, ends, ends_width, hits, legend, periods, upright};
use crate::canvas::{Canvas, path, polyline};
use crate::colour::{MAX_SERIES, OTHERS, series};
use crate::dates;
use crate::figure::Figure;
use crate::number::{Unit, count, percent, place, real};
use crate::table::Table;
use crate::words::named;

/// Layers that lie on one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The title.
    pub title: String,
    /// What is counted, in the plural: `profiles`.
    pub measure: String,
    /// The names of the periods at whose end the counts are taken.
    pub periods: Vec<String>,
    /// The layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// A layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Its number at the end of each period.
    pub values: Vec<u64>,
}

impl Layer {
    fn at(&self, period: usize) -> u64 {
        self.values.get(period).copied().unwrap_or(0)
    }

    fn last(&self, periods: usize) -> u64 {
        periods.checked_sub(1).map_or(0, |last| self.at(last))
    }
}

impl From<Areas> for Figure {
    fn from(areas: Areas) -> Self {
        Figure::new(&areas.title, areas.sentence(), areas.table(), |canvas| {
            areas.draw(canvas)
        })
    }
}

impl Areas {
    fn total(&self, period: usize) -> u64 {
        self.layers
            .iter()
            .map(|layer| layer.at(period))
            .fold(0, u64::saturating_add)
    }

    fn sentence(&self) -> String {
        let n = self.periods.len();
        let largest = self.layers.iter().max_by_key(|layer| layer.last(n));
        let (Some(largest), Some(last)) = (largest, self.periods.last()) else {
            return "There is no period.".to_owned();
        };
        let total = self.total(n - 1);
        format!(
            "At the end of {}, {} of {} {} ({}) are in {}.",
            dates::short(last),
            count(largest.last(n)),
            count(total),
            self.measure,
            percent(largest.last(n), total),
            named(&largest.name)
        )
    }

    fn table(&self) -> Table {
        let names = self.layers.iter().map(|layer| layer.name.clone());
        let mut table = Table::new(["period"]).numbers(names);
        for (i, period) in self.periods.iter().enumerate() {
            let counts = self.layers.iter().map(|layer| count(layer.at(i)));
            table.row(std::iter::once(dates::short(period)).chain(counts));
        }
        table
    }

    /// The layers as they are drawn: where there are too many, the last ones together.
    fn drawn(&self) -> Vec<(Layer, String)> {
        let kept = if self.layers.len() > MAX_SERIES {
            MAX_SERIES - 1
        } else {
            self.layers.len()
        };
        let own = self.layers.iter().take(kept).enumerate();
        let mut drawn: Vec<(Layer, String)> =
            own.map(|(i, layer)| (layer.clone(), series(i))).collect();
        let rest = self.layers.get(kept..).unwrap_or_default();
        if !rest.is_empty() {
            let sum = |i| {
                rest.iter()
                    .map(|layer: &Layer| layer.at(i))
                    .fold(0, u64::saturating_add)
            };
            let others = Layer {
                name: format!("{} others", rest.len()),
                values: (0..self.periods.len()).map(sum).collect(),
            };
            drawn.push((others, OTHERS.to_owned()));
        }
        drawn
    }

    fn draw(&self, canvas: &mut Canvas) {
        let layers = self.drawn();
        let n = self.periods.len();
        let keys: Vec<Key> = layers
            .iter()
            .map(|(layer, class)| Key {
                name: layer.name.clone(),
                class: class.clone(),
                // What was put together is no number of the table.
                value: if class == OTHERS {
                    String::new()
                } else {
                    count(layer.last(n))
                },
            })
            .collect();
        let is_wide = canvas.size.is_wide();
        let (top, side) = if is_wide {
            (8.0, ends_width(&keys, 260.0))
        } else {
            (legend(canvas, &keys, 0.0) + 8.0, 0.0)
        };
        let bottom = top + if is_wide { 280.0 } else { 210.0 };
        let right = canvas.width - side;
        let most = (0..n).map(|i| self.total(i)).max().unwrap_or(0);
        let (y, left) = upright(
            canvas,
            (0.0, real(most.max(1))),
            Unit::Count,
            (top, bottom),
            right,
        );
        let x = |i: usize| {
            if n > 1 {
                left + (right - left) * place(i) / place(n - 1)
            } else {
                (left + right) / 2.0
            }
        };
        let mut below = vec![0_u64; n];
        let mut middles = Vec::new();
        for (layer, class) in &layers {
            let above: Vec<u64> = below
                .iter()
                .enumerate()
                .map(|(i, b)| b.saturating_add(layer.at(i)))
                .collect();
            let (from, to) = (
                edge(&below, x, |v| y.at(v), (left, right)),
                edge(&above, x, |v| y.at(v), (left, right)),
            );
            let back: Vec<(f64, f64)> = from.iter().rev().copied().collect();
            let d = format!(
                "{}{}Z",
                polyline(&to),
                polyline(&back).replacen('M', "L", 1)
            );
            canvas.add(path(d, format!("{class} f area")));
            let ends = below.last().zip(above.last());
            middles.push(ends.map_or(bottom, |(b, a)| (y.at(real(*b)) + y.at(real(*a))) / 2.0));
            below = above;
        }
        let tip = |i: usize| self.tip(i);
        hits(canvas, n, x, (left, right), (top, bottom), tip);
        if is_wide {
            ends(canvas, &keys, &middles, right, (top + 4.0, bottom - 4.0));
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
        for layer in self.layers.iter().rev().take(MAX_SERIES) {
            tip += &format!("\n{}: {}", layer.name, count(layer.at(period)));
        }
        tip
    }
}

/// The upper edge of what lies up to some counts. A single period is a block.
fn edge(
    counts: &[u64],
    x: impl Fn(usize) -> f64,
    y: impl Fn(f64) -> f64,
    (left, right): (f64, f64),
) -> Vec<(f64, f64)> {
    if let [only] = counts {
        return vec![(left, y(real(*only))), (right, y(real(*only)))];
    }
    counts
        .iter()
        .enumerate()
        .map(|(i, n)| (x(i), y(real(*n))))
        .collect()
}
