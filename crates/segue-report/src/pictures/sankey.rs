//! Where who came from goes: bands between columns, as wide as there are many.

use crate::canvas::{Anchor, Canvas, Style, path, rect};
use crate::colour::series;
use crate::figure::Figure;
use crate::markup::px;
use crate::number::{count, place, real};
use crate::table::Table;
use crate::words::named;

/// Columns of nodes, and links from one column to the next.
///
/// The height of a node is the greater of what comes in and what goes out (the diagrams are named after M. H. Riall Sankey, 1898).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sankey {
    /// The title.
    pub title: String,
    /// What is counted, in the plural: `moves`.
    pub measure: String,
    /// What the columns are, from left to right; may be empty.
    pub columns: Vec<String>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The links between them.
    pub links: Vec<Link>,
}

/// Where links begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name; the same name has the same colour in each column.
    pub name: String,
    /// Its column, counted from 0.
    pub column: usize,
}

/// How many go from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The position of the node on the left.
    pub from: usize,
    /// The position of the node on the right.
    pub to: usize,
    /// How many.
    pub count: u64,
}

/// A node with its place.
#[derive(Clone, Debug, Default)]
struct Placed {
    column: usize,
    total: u64,
    y: f64,
    height: f64,
    /// How much of each side is taken by bands.
    taken_in: f64,
    taken_out: f64,
    colour: usize,
}

const NODE: f64 = 12.0;
/// Each node has as much room as its name needs.
const SLOT: f64 = 20.0;

impl From<Sankey> for Figure {
    fn from(sankey: Sankey) -> Self {
        Figure::new(&sankey.title, sankey.sentence(), sankey.table(), |canvas| {
            sankey.draw(canvas)
        })
    }
}

impl Sankey {
    fn name(&self, node: usize) -> &str {
        self.nodes.get(node).map_or("", |node| &node.name)
    }

    /// Links between nodes that there are.
    fn sound(&self) -> impl Iterator<Item = &Link> {
        let column = |node: usize| self.nodes.get(node).map(|node| node.column);
        self.links.iter().filter(move |link| {
            let columns = column(link.from).zip(column(link.to));
            link.count > 0 && columns.is_some_and(|(from, to)| from < to)
        })
    }

    fn sentence(&self) -> String {
        let total = self
            .sound()
            .map(|link| link.count)
            .fold(0, u64::saturating_add);
        match self
            .sound()
            .max_by_key(|link| (link.count, std::cmp::Reverse((link.from, link.to))))
        {
            Some(most) => format!(
                "{} {}; most often from {} to {}: {}.",
                count(total),
                self.measure,
                named(self.name(most.from)),
                named(self.name(most.to)),
                count(most.count)
            ),
            None => format!("There are no {}.", self.measure),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["from", "to"]).numbers([self.measure.clone()]);
        let mut links: Vec<&Link> = self.sound().collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.count));
        for link in links {
            table.row([
                self.name(link.from).to_owned(),
                self.name(link.to).to_owned(),
                count(link.count),
            ]);
        }
        table
    }

    /// The nodes with their totals, those without links left out of the picture (of height 0).
    fn placed(&self, height: f64, top: f64) -> Vec<Placed> {
        let mut names: Vec<&str> = Vec::new();
        let mut placed: Vec<Placed> = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let colour = names.iter().position(|name| *name == node.name);
            let colour = colour.unwrap_or_else(|| {
                names.push(&node.name);
                names.len() - 1
            });
            let sum = |links: &dyn Fn(&Link) -> bool| {
                self.sound()
                    .filter(|l| links(l))
                    .map(|l| l.count)
                    .fold(0, u64::saturating_add)
            };
            placed.push(Placed {
                column: node.column,
                total: sum(&|link| link.from == i).max(sum(&|link| link.to == i)),
                colour,
                ..Placed::default()
            });
        }
        let scale = self.scale(&placed, height);
        let columns = placed.iter().map(|node| node.column).max().unwrap_or(0);
        for column in 0..=columns {
            let mut of: Vec<&mut Placed> = placed
                .iter_mut()
                .filter(|n| n.column == column && n.total > 0)
                .collect();
            let used: f64 = of.iter().map(|node| slot(node.total, scale)).sum();
            let gap = if of.len() > 1 {
                ((height - used) / place(of.len() - 1)).clamp(0.0, 14.0)
            } else {
                0.0
            };
            let mut y = top;
            for node in &mut of {
                let slot = slot(node.total, scale);
                node.height = (real(node.total) * scale).max(1.5);
                node.y = y + (slot - node.height) / 2.0;
                y += slot + gap;
            }
        }
        placed
    }

    /// Pixels for one, so that the fullest column fits.
    fn scale(&self, placed: &[Placed], height: f64) -> f64 {
        let columns = placed.iter().map(|node| node.column).max().unwrap_or(0);
        let mut scale = f64::INFINITY;
        for column in 0..=columns {
            let totals: Vec<u64> = placed
                .iter()
                .filter(|n| n.column == column && n.total > 0)
                .map(|n| n.total)
                .collect();
            let total: f64 = totals.iter().map(|n| real(*n)).sum();
            if total > 0.0 {
                // What is less than a slot takes one, so the others have the less. Each pass finds more of these.
                let mut own = height / total;
                for _ in 0..totals.len() {
                    let (small, large): (Vec<u64>, Vec<u64>) =
                        totals.iter().partition(|n| real(**n) * own < SLOT);
                    let rest = (height - SLOT * place(small.len()) - 8.0 * place(totals.len() - 1))
                        .max(10.0);
                    let large: f64 = large.iter().map(|n| real(*n)).sum();
                    own = if large > 0.0 {
                        own.min(rest / large)
                    } else {
                        own
                    };
                }
                scale = scale.min(own);
            }
        }
        if scale.is_finite() { scale } else { 1.0 }
    }

    fn draw(&self, canvas: &mut Canvas) {
        let is_wide = canvas.size.is_wide();
        let top = if self.columns.is_empty() { 4.0 } else { 24.0 };
        let in_column = |column: usize| {
            self.nodes
                .iter()
                .filter(|node| node.column == column)
                .count()
        };
        let columns = self.nodes.iter().map(|node| node.column).max().unwrap_or(0) + 1;
        let fullest = (0..columns).map(in_column).max().unwrap_or(1);
        let height = (place(fullest) * (SLOT + 22.0))
            .clamp(if is_wide { 180.0 } else { 200.0 }, 640.0)
            .max(place(fullest) * (SLOT + 8.0));
        let mut placed = self.placed(height, top);
        let ends: Vec<f64> = (0..columns)
            .map(|c| self.labels_width(&placed, c))
            .collect();
        // Names of the first column stand on its left, of the last on its right, of others on their right over the bands.
        let most = if columns == 2 {
            canvas.width * 0.32
        } else {
            canvas.width * 0.2
        };
        let left = ends.first().copied().unwrap_or(0.0).min(most);
        let right = canvas.width - ends.last().copied().unwrap_or(0.0).min(most) - NODE;
        let x = |column: usize| left + (right - left) * place(column) / place((columns - 1).max(1));
        for (i, name) in self.columns.iter().enumerate().take(columns) {
            let (at, anchor) = match i {
                0 => (x(0) + NODE, Anchor::End),
                _ => (x(i), Anchor::Start),
            };
            let room = if i == 0 {
                left + NODE
            } else {
                (canvas.width - at).min((right - left) / place(columns - 1))
            };
            canvas.text((at, 12.0), anchor, Style::Tick, name, room);
        }
        self.bands(canvas, &mut placed, x);
        for (i, node) in placed.iter().enumerate().filter(|(_, node)| node.total > 0) {
            let at = x(node.column);
            let tip = format!("{}: {}", self.name(i), count(node.total));
            canvas.add(
                rect(
                    (at, node.y),
                    NODE,
                    node.height,
                    format!("{} f", series(node.colour)),
                )
                .tip(tip),
            );
            let y = node.y + node.height / 2.0 + 4.5;
            if node.column == 0 {
                canvas.text(
                    (at - 8.0, y),
                    Anchor::End,
                    Style::Label,
                    self.name(i),
                    left - 8.0,
                );
            } else {
                let room = if node.column + 1 == columns {
                    canvas.width - at - NODE - 8.0
                } else {
                    x(node.column + 1) - at - NODE - 16.0
                };
                canvas.text(
                    (at + NODE + 8.0, y),
                    Anchor::Start,
                    Style::Label,
                    self.name(i),
                    room,
                );
            }
        }
        let bottom = placed
            .iter()
            .map(|node| (node.y + node.height).max(node.y + node.height / 2.0 + SLOT / 2.0));
        canvas.height = bottom.fold(top, f64::max) + 4.0;
    }

    fn labels_width(&self, placed: &[Placed], column: usize) -> f64 {
        let widths = placed
            .iter()
            .enumerate()
            .filter(|(_, node)| node.column == column && node.total > 0);
        widths
            .map(|(i, _)| Style::Label.width(self.name(i)) + 9.0)
            .fold(0.0, f64::max)
    }

    /// The bands, in the order of the nodes on the other side, so that those of one node do not cross.
    fn bands(&self, canvas: &mut Canvas, placed: &mut [Placed], x: impl Fn(usize) -> f64) {
        let mut links: Vec<Link> = self.sound().copied().collect();
        links.sort_by_key(|link| (link.from, link.to));
        let widths: Vec<(Link, f64)> = links
            .iter()
            .filter_map(|link| {
                let from = placed.get(link.from)?;
                Some((
                    *link,
                    real(link.count) / real(from.total.max(1)) * from.height,
                ))
            })
            .collect();
        let mut starts: Vec<(Link, f64, f64)> = Vec::new();
        for (link, width) in widths {
            if let Some(from) = placed.get_mut(link.from) {
                starts.push((link, from.y + from.taken_out, width));
                from.taken_out += width;
            }
        }
        starts.sort_by_key(|(link, ..)| (link.to, link.from));
        for (link, start, width) in starts {
            let begin = placed.get(link.from).map_or(0.0, |from| x(from.column)) + NODE;
            let colour = placed.get(link.from).map_or(0, |from| from.colour);
            let Some(to) = placed.get_mut(link.to) else {
                continue;
            };
            let end_width = real(link.count) / real(to.total.max(1)) * to.height;
            let end = (x(to.column), to.y + to.taken_in);
            to.taken_in += end_width;
            let band = band((begin, start), width, end, end_width);
            let tip = format!(
                "{} → {}: {} {}",
                self.name(link.from),
                self.name(link.to),
                count(link.count),
                self.measure
            );
            canvas.add(path(band, format!("{} flow", series(colour))).tip(tip));
        }
    }
}

fn slot(total: u64, scale: f64) -> f64 {
    (real(total) * scale).max(SLOT)
}

/// A band with edges that leave and arrive level.
fn band((x1, y1): (f64, f64), width: f64, (x2, y2): (f64, f64), end_width: f64) -> String {
    let middle = px((x1 + x2) / 2.0);
    let [x1, x2] = [x1, x2].map(px);
    let (low, end_low) = (px(y1 + width.max(1.0)), px(y2 + end_width.max(1.0)));
    let [y1, y2] = [y1, y2].map(px);
    format!(
        "M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}L{x2} {end_low}C{middle} {end_low} {middle} {low} {x1} {low}Z"
    )
}
