//! Which page a window shows, for those who work on it: from a folder instead of from the program, so that the desktop program
//! need not be built again after a change of `ui/`; and the component gallery instead of the app. Only in debug builds: nobody's
//! installed app loads a page from elsewhere.

use std::borrow::Cow;
use std::path::PathBuf;
use tauri::utils::assets::{AssetKey, AssetsIter, CspHash};
use tauri::{Assets, Context, Runtime, WebviewUrl};

/// Asks for the gallery (`ui/src/gallery`).
const GALLERY: &str = "AMEND_GALLERY";

/// Names the folder.
const VARIABLE: &str = "AMEND_PAGE";

struct Folder(PathBuf);

impl<R: Runtime> Assets<R> for Folder {
    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        let path = self.0.join(key.as_ref().trim_start_matches('/'));
        std::fs::read(path).ok().map(Cow::Owned)
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(std::iter::empty())
    }

    fn csp_hashes(&self, _html_path: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}

/// Takes the page from the folder that the environment names, if it names one.
pub(crate) fn from_folder<R: Runtime>(context: &mut Context<R>) {
    if let Some(folder) = std::env::var_os(VARIABLE) {
        tracing::warn!(folder = %folder.display(), "the page is read from {VARIABLE}");
        context.set_assets(Box::new(Folder(folder.into())));
    }
}

/// The page that the window begins with.
pub(crate) fn start() -> WebviewUrl {
    if std::env::var_os(GALLERY).is_some() {
        WebviewUrl::App("index.html#gallery".into())
    } else {
        WebviewUrl::default()
    }
}
