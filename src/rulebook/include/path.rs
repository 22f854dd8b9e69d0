//! Names of files, which are paths with slashes: nothing here looks at a disk.

/// The folder of a file: `packs` of `packs/beauty.toml`; empty of a name alone.
pub(super) fn folder(name: &str) -> &str {
    match name.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "",
    }
}

/// The file's name without its folder.
pub(super) fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file)| file)
}

/// The name without its folder and its ending: `beauty` of `packs/beauty.toml`.
pub(super) fn stem(name: &str) -> &str {
    let file = file_name(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// A path as seen from where its folder is seen: `packs/retail.toml` of `packs` and `retail.toml`, `shop.toml` of `packs` and
/// `../shop.toml`.
pub(super) fn joined(folder: &str, path: &str) -> String {
    let whole = if folder.is_empty() || path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let absolute = whole.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if absolute { format!("/{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::{file_name, folder, joined, stem};

    #[test]
    fn a_path_is_joined_to_a_folder() {
        assert_eq!(joined("", "packs/beauty.toml"), "packs/beauty.toml");
        assert_eq!(joined("packs", "retail.toml"), "packs/retail.toml");
        assert_eq!(joined("packs", "./retail.toml"), "packs/retail.toml");
        assert_eq!(joined("packs", "../shop.toml"), "shop.toml");
        assert_eq!(
            joined("examples/beauty", "../../packs/x.toml"),
            "packs/x.toml"
        );
        assert_eq!(joined("packs", "../../x.toml"), "../x.toml");
        assert_eq!(joined("..", "../x.toml"), "../../x.toml");
        assert_eq!(joined("packs", "/etc/x.toml"), "/etc/x.toml");
        assert_eq!(joined("/etc", "../../x.toml"), "/x.toml");
    }

    #[test]
    fn a_path_has_a_folder_a_name_and_a_stem() {
        assert_eq!(folder("packs/beauty.toml"), "packs");
        assert_eq!(folder("beauty.toml"), "");
        assert_eq!(folder("/beauty.toml"), "/");
        assert_eq!(file_name("packs/beauty.toml"), "beauty.toml");
        assert_eq!(stem("packs/beauty.toml"), "beauty");
    }
}
