//! Any text: parsing never panics, what it reads is printed so that it reads the same, what it refuses can be rendered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue::syntax;

fuzz_target!(|input: &[u8]| {
    let text = &*String::from_utf8_lossy(input);
    let _ = syntax::suspicious(text);
    match syntax::parse(text) {
        Ok(expr) => {
            let printed = syntax::format(&expr);
            assert_eq!(
                syntax::parse(&printed).as_ref(),
                Ok(&expr),
                "printed as {printed}"
            );
        }
        Err(found) => {
            assert!(!found.is_empty());
            for diagnostic in found {
                let _ = diagnostic.render(text, Some("fuzz"));
            }
        }
    }
});
