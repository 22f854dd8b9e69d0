//! Parts of the map.

use crate::value::GeoPoint;

/// A part of the map; its edges belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub(crate) enum Area {
    Circle(Circle),
    Rectangle(Rectangle),
}

/// The places that are at most so far away from one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Circle {
    pub(crate) centre: GeoPoint,
    pub(crate) metres: f64,
}

/// The places between two longitudes and two latitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rectangle {
    pub(crate) south: f64,
    pub(crate) west: f64,
    pub(crate) north: f64,
    pub(crate) east: f64,
}

impl Area {
    pub(crate) fn contains(&self, place: GeoPoint) -> bool {
        match self {
            Area::Circle(circle) => place.distance(circle.centre) <= circle.metres,
            Area::Rectangle(rectangle) => rectangle.contains(place),
        }
    }
}

impl Rectangle {
    pub(crate) fn contains(&self, place: GeoPoint) -> bool {
        // The meridian of 180 degrees has two names.
        let other = (place.lon.abs() >= 180.0).then_some(-place.lon);
        (self.south..=self.north).contains(&place.lat)
            && (self.reaches(place.lon) || other.is_some_and(|lon| self.reaches(lon)))
    }

    /// Whether the longitude lies between the edges; from west to east over the date line where west is the greater number.
    fn reaches(&self, lon: f64) -> bool {
        if self.west <= self.east {
            (self.west..=self.east).contains(&lon)
        } else {
            lon >= self.west || lon <= self.east
        }
    }
}
