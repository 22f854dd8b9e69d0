//! Places: `home within 5 km of (48.85, 2.35)`, `home between (45.40, 9.04) and (45.54, 9.28)`.

use super::checker::Checker;
use super::types::same_shape;
use crate::diagnostic::Diagnostic;
use crate::ir::{Area, Circle, CondKind, Lit, Rectangle, Ty};
use crate::syntax::{self, Coordinate, DistanceUnit, Expr};
use crate::value::GeoPoint;

impl Checker<'_> {
    pub(super) fn near(
        &mut self,
        value: &Expr,
        radius: &Expr,
        unit: DistanceUnit,
        latitude: &Expr,
        longitude: &Expr,
    ) -> Option<CondKind> {
        let value_ = self.any_term(value)?;
        if value_.ty != Ty::Place {
            let diagnostic = self.mismatch("`place`", &value_);
            return self.report(diagnostic.help("a distance needs an attribute of type `place`"));
        }
        let mut number = |e: &Expr, low: f64, high: f64, what: &str| -> Option<f64> {
            let term = self.term(e, None)?;
            let v = match same_shape(&term, &Ty::Float) {
                Some(Lit::Real(v)) => v,
                _ => {
                    let source = self.source(e.span);
                    return self.report(
                        Diagnostic::error("E0128", e.span, format!("`{source}` is not a constant number"))
                            .help("a distance is asked from a place that is given in numbers: `home within 5 km of (48.85, 2.35)`"),
                    );
                }
            };
            if (low..=high).contains(&v) {
                return Some(v);
            }
            self.report(
                Diagnostic::error(
                    "E0128",
                    e.span,
                    format!("{what} lies between {low} and {high}"),
                )
                .help("the latitude stands first, then the longitude"),
            )
        };
        let lat = number(latitude, -90.0, 90.0, "a latitude")?;
        let lon = number(longitude, -180.0, 180.0, "a longitude")?;
        let metres = number(radius, 0.0, 1e9, "a distance")?
            * match unit {
                DistanceUnit::Metre => 1.0,
                DistanceUnit::Kilometre => 1000.0,
                DistanceUnit::Mile => 1609.344,
            };
        Some(CondKind::Inside {
            value: value_,
            area: Area::Circle(Circle {
                centre: GeoPoint { lat, lon },
                metres,
            }),
        })
    }

    pub(super) fn in_rectangle(
        &mut self,
        value: &Expr,
        written: &syntax::Rectangle,
    ) -> Option<CondKind> {
        let term = self.any_term(value)?;
        if term.ty != Ty::Place {
            let diagnostic = self.mismatch("`place`", &term);
            return self.report(
                diagnostic.help("two corners of the map need an attribute of type `place`"),
            );
        }
        let edges = [
            self.degrees(&written.south, 90.0, "a latitude"),
            self.degrees(&written.west, 180.0, "a longitude"),
            self.degrees(&written.north, 90.0, "a latitude"),
            self.degrees(&written.east, 180.0, "a longitude"),
        ];
        let [Some(south), Some(west), Some(north), Some(east)] = edges else {
            return None;
        };
        if south > north {
            let [low, high] = [written.south, written.north].map(|c| self.source(c.span));
            return self.report(
                Diagnostic::error(
                    "E0128",
                    written.south.span.to(written.east.span),
                    format!(
                        "the southern edge lies north of the northern one: {low} is above {high}"
                    ),
                )
                .help("the south-west corner stands first, then the north-east one"),
            );
        }
        Some(CondKind::Inside {
            value: term,
            area: Area::Rectangle(Rectangle {
                south,
                west,
                north,
                east,
            }),
        })
    }

    fn degrees(&mut self, written: &Coordinate, most: f64, what: &str) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "degrees with more digits than a float has are none"
        )]
        let degrees = written.mantissa as f64 / 10_f64.powi(i32::from(written.scale));
        if (-most..=most).contains(&degrees) {
            return Some(degrees);
        }
        self.report(
            Diagnostic::error(
                "E0128",
                written.span,
                format!("{what} lies between -{most} and {most}"),
            )
            .help("the latitude stands first, then the longitude"),
        )
    }
}
