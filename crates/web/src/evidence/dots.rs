//! A drawing as a picture of dots, in the site's own letters.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use crate::asset;

/// The site's letters, as a program for drawing wants them.
static LETTERS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut letters = Database::new();
    for name in ["ahn-latin.woff2", "ahn-latin-ext.woff2"] {
        let bytes = asset::bytes(name).unwrap_or_default();
        match wuff::decompress_woff2(bytes) {
            Ok(font) => letters.load_font_data(font),
            Err(cause) => tracing::error!(name, ?cause, "letters cannot be read"),
        }
    }
    let family = letters
        .faces()
        .find_map(|face| Some(face.families.first()?.0.clone()));
    if let Some(family) = family {
        letters.set_sans_serif_family(family);
    }
    Arc::new(letters)
});

/// Draws an SVG of its own width and height as PNG. An error says why it cannot.
pub(super) fn of(svg: &str) -> Result<Vec<u8>, String> {
    let options = Options {
        fontdb: Arc::clone(&LETTERS),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|cause| cause.to_string())?;
    let size = tree.size().to_int_size();
    let mut dots = Pixmap::new(size.width(), size.height()).ok_or("it has no size")?;
    resvg::render(&tree, Transform::identity(), &mut dots.as_mut());
    dots.encode_png().map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_drawn_in_the_sites_letters() {
        assert!(LETTERS.faces().count() >= 2);
        let draw = |words: &str| {
            let svg = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"40\"><text x=\"5\" y=\"30\" \
                 font-family=\"system-ui, sans-serif\" font-size=\"20\">{words}</text></svg>"
            );
            let png = of(&svg).unwrap();
            Pixmap::decode_png(&png).unwrap()
        };
        let inked = |picture: &Pixmap| {
            picture
                .pixels()
                .iter()
                .filter(|dot| dot.alpha() > 0)
                .count()
        };
        let (empty, words) = (draw(""), draw("95% ÷ ō"));
        assert_eq!((words.width(), words.height()), (200, 40));
        assert_eq!(inked(&empty), 0);
        assert!(inked(&words) > 200, "{}", inked(&words));
    }
}
