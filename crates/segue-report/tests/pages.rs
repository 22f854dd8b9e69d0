//! Pages are well formed, say in tables what they show, and load nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "../examples/gallery.rs"]
mod gallery;

use roxmltree::{Document, Node};
use segue_report::pictures::{Areas, Bar, Bars, Layer};
use segue_report::{Figure, Page, STYLE, Section, Size, Unit};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The page as a tree: HTML that is XML as well.
fn parsed(html: &str) -> Document<'_> {
    Document::parse(html.strip_prefix("<!doctype html>").unwrap()).unwrap()
}

fn all<'a>(document: &'a Document<'_>, tag: &str) -> Vec<Node<'a, 'a>> {
    let nodes = document.descendants();
    nodes.filter(|node| node.tag_name().name() == tag).collect()
}

fn text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text);
    texts.filter_map(|node| node.text()).collect()
}

fn child<'a>(node: Node<'a, 'a>, tag: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|node| node.tag_name().name() == tag)
}

#[test]
fn every_picture_says_what_it_is_and_has_a_table() {
    let html = gallery::page().to_html();
    let document = parsed(&html);
    let ids: Vec<&str> = document
        .descendants()
        .filter_map(|node| node.attribute("id"))
        .collect();
    assert_eq!(
        ids.len(),
        ids.iter().collect::<BTreeSet<_>>().len(),
        "an id comes twice"
    );
    let figures = all(&document, "figure");
    assert!(figures.len() >= 25);
    for figure in figures {
        let title = text(child(figure, "figcaption").unwrap());
        let pictures: Vec<Node<'_, '_>> = figure
            .descendants()
            .filter(|n| n.tag_name().name() == "svg")
            .collect();
        assert!(pictures.is_empty() || pictures.len() == 2, "{title}");
        for picture in pictures {
            assert_eq!(picture.attribute("role"), Some("img"), "{title}");
            let labels = picture.attribute("aria-labelledby").unwrap();
            for label in labels.split(' ') {
                let label = picture
                    .children()
                    .find(|node| node.attribute("id") == Some(label));
                assert!(!text(label.unwrap()).is_empty(), "{title}");
            }
            let rows = figure
                .descendants()
                .filter(|node| node.tag_name().name() == "tr");
            assert!(rows.count() > 1, "{title} has no table");
        }
    }
}

#[test]
fn numbers_of_a_picture_are_those_of_its_table() {
    let html = gallery::page().to_html();
    let document = parsed(&html);
    let mut seen = 0;
    for figure in all(&document, "figure") {
        let cells = figure
            .descendants()
            .filter(|n| matches!(n.tag_name().name(), "td" | "th"));
        let cells: Vec<String> = cells.map(text).collect();
        let is_number = |node: &Node<'_, '_>| {
            let class = node.attribute("class").unwrap_or_default();
            class.split(' ').any(|name| name == "n")
        };
        for number in figure.descendants().filter(is_number).map(text) {
            // `412 (41.9 %)` is one cell.
            let has = |cell: &String| {
                *cell == number
                    || cell.contains(&format!("({number})"))
                    || cell.starts_with(&format!("{number} ("))
            };
            assert!(
                cells.iter().any(has),
                "{number} is not in the table of {}",
                text(figure)
            );
            seen += 1;
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn names_stay_names() {
    let html = gallery::page().to_html();
    let document = parsed(&html);
    assert_eq!(all(&document, "script").len(), 1);
    assert!(!html.contains("<script>alert"));
    let named = |node: &Node<'_, '_>| node.text() == Some("\"><script>alert('&')</script>");
    assert!(document.descendants().filter(named).count() > 10);
    let handlers = document.descendants().flat_map(|node| node.attributes());
    assert_eq!(handlers.filter(|a| a.name().starts_with("on")).count(), 0);
}

#[test]
fn a_page_loads_nothing() {
    let html = gallery::page().to_html();
    let document = parsed(&html);
    for node in document.descendants() {
        for attribute in node.attributes() {
            match attribute.name() {
                "href" => assert!(attribute.value().starts_with("#s"), "{}", attribute.value()),
                "src" | "srcset" | "data" | "action" | "poster" => panic!("{attribute:?}"),
                _ => assert!(!attribute.value().contains("url("), "{attribute:?}"),
            }
        }
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    // The names of the namespaces of SVG are no addresses that anybody loads.
    let without_names = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!without_names.contains("//"), "an address");
}

#[test]
fn only_the_script_of_the_page_runs() {
    let html = gallery::page().to_html();
    let document = parsed(&html);
    let script = html
        .split("<script>")
        .nth(1)
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    assert!(script.len() < 1024, "{}", script.len());
    let hash = base64(&Sha256::digest(script));
    let policy = document
        .descendants()
        .find(|n| n.attribute("http-equiv").is_some())
        .unwrap();
    let policy = policy.attribute("content").unwrap();
    assert!(policy.starts_with("default-src 'none';"));
    assert!(
        policy.contains(&format!("script-src 'sha256-{hash}'")),
        "{hash}"
    );
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or(0)));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() {
                letter as char
            } else {
                '='
            });
        }
    }
    out
}

fn small() -> Page {
    let sizes = Bars {
        title: "Segments".to_owned(),
        things: "segment".to_owned(),
        measure: "profiles".to_owned(),
        unit: Unit::Count,
        bars: vec![Bar::new("champions", 812.0), Bar::new("sleeping", 1204.0)],
        of: Some(6041.0),
    };
    let stock = Areas {
        title: "Stages".to_owned(),
        measure: "profiles".to_owned(),
        periods: vec!["2025-12".to_owned(), "2026-01".to_owned()],
        layers: vec![
            Layer {
                name: "active".to_owned(),
                values: vec![300, 500],
            },
            Layer {
                name: "lost".to_owned(),
                values: vec![100, 1600],
            },
        ],
    };
    Page::new("Customers")
        .subtitle("a small page")
        .tile("profiles", "6,041", "")
        .section(Section::new("Who they are").figure(sizes).figure(stock))
}

/// `UPDATE_GOLDEN=1` writes it.
#[test]
fn a_small_page_is_as_it_was() {
    let found = small().to_html().replace("><", ">\n<");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small.html");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == found,
        "look at the page, and let `UPDATE_GOLDEN=1` write it:\n{found}"
    );
}

#[test]
fn figures_can_stand_alone() {
    let figure = Figure::from(Bars {
        title: "Segments".to_owned(),
        things: "segment".to_owned(),
        measure: "profiles".to_owned(),
        unit: Unit::Count,
        bars: vec![Bar::new("champions", 812.0)],
        of: None,
    });
    for size in [Size::Wide, Size::Narrow] {
        let svg = figure.svg(size, "one");
        let document = Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
    }
    assert_eq!(figure.sentence(), "“champions”: 812 profiles.");
    assert_eq!(figure.table().rows().next().unwrap(), ["champions", "812"]);
}

/// Whatever the numbers: nothing that is no number is drawn.
#[test]
fn pictures_have_places_for_everything() {
    let html = gallery::page().to_html();
    for wrong in ["NaN", "inf\"", "infinity"] {
        assert!(!html.contains(wrong), "{wrong}");
    }
    let document = parsed(&html);
    for rect in all(&document, "rect") {
        let number = |name: &str| rect.attribute(name).unwrap().parse::<f64>().unwrap();
        let svg = rect
            .ancestors()
            .find(|n| n.tag_name().name() == "svg")
            .unwrap();
        let [width, height] =
            ["width", "height"].map(|name| svg.attribute(name).unwrap().parse::<f64>().unwrap());
        assert!(
            number("x") >= -0.2 && number("x") + number("width") <= width + 0.3,
            "{rect:?}"
        );
        assert!(
            number("y") >= -0.2 && number("y") + number("height") <= height + 0.3,
            "{rect:?}"
        );
    }
}
