//! The events of the tills and the web shop. It stands for a crate of another team, on which nothing can be derived and which may
//! get new variants.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// Somebody looked at a product.
    Viewed {
        /// The product's category.
        category: String,
    },
    /// Somebody put a product into the cart.
    AddedToCart {
        /// The product's category.
        category: String,
    },
    /// Somebody paid.
    Ordered {
        /// The category of what is dearest.
        category: String,
        /// In euros.
        amount: Decimal,
    },
    /// A till was opened; nobody did anything.
    TillOpened,
}
