//! Rectangles of the map: `home between (45.40, 9.04) and (45.54, 9.28)`.

use super::conditions::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::rectangle::Rectangle;
use crate::ir::{CondKind, Ty};
use crate::syntax::{self, Coordinate, Expr};

impl Checker<'_> {
    pub(super) fn in_rectangle(
        &mut self,
        value: &Expr,
        written: &syntax::Rectangle,
    ) -> Option<CondKind> {
        let term = self.any_term(value)?;
        if term.ty != Ty::Place {
            let message = format!(
                "`{}` is {}, not a place",
                self.source(value.span),
                term.ty.words()
            );
            return self.report(
                Diagnostic::error("E0105", value.span, message)
                    .help("two corners of the map need an attribute of type `place`"),
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
        Some(CondKind::InRectangle {
            value: term,
            of: Rectangle {
                south,
                west,
                north,
                east,
            },
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
