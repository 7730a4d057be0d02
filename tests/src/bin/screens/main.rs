//! Takes the pictures of `docs/screens/`: every face of the real window in several looks. Run it with `cargo xtask screens`.
//!
//! The first argument is the folder; pictures of the same name are replaced, and one that no face has any more is removed. More
//! arguments name the only faces that are taken, and nothing is removed.

#![allow(clippy::unwrap_used)]

mod looks;

use anyhow::{Context, Result, ensure};
use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use looks::{LOOKS, Look};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use system_tests::faces::{self, Face};
use system_tests::scenery::Scenery;
use system_tests::wait;
use system_tests::window::Window;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .context("name the folder for the pictures, as `cargo xtask screens` does")?;
    let mut album = Album {
        folder: folder.into(),
        only: arguments.collect(),
        taken: BTreeSet::new(),
    };
    let mut scenery = Scenery::set().await;
    for look in LOOKS {
        look.choose(scenery.home.path().as_path())?;
        let stranger = Window::open(&scenery.home, "nobody-yet").await;
        stranger.get("sign-in-button").await;
        look.fit(&stranger).await;
        album.take(&stranger, look, "welcome").await?;
        drop(stranger);
        let window = Window::open(&scenery.home, "ada").await;
        window.until_connection("online").await;
        look.fit(&window).await;
        window.enter("General").await;
        for face in look.faces() {
            visit(&mut album, &window, look, face).await?;
        }
    }
    scenery.disagree().await;
    scenery.relay.kill();
    for look in LOOKS {
        look.choose(scenery.home.path().as_path())?;
        let window = Window::open(&scenery.home, "ada").await;
        window.until_connection("offline").await;
        look.fit(&window).await;
        for face in faces::OFFLINE {
            visit(&mut album, &window, look, face).await?;
        }
    }
    album.close()
}

async fn visit(album: &mut Album, window: &Window, look: &Look, face: &Face) -> Result<()> {
    if !album.only.is_empty() && !album.only.iter().any(|name| name == face.name) {
        return Ok(());
    }
    window.face(face).await;
    album.take(window, look, face.name).await?;
    window.back().await;
    Ok(())
}

/// The folder of pictures.
struct Album {
    folder: PathBuf,
    /// Faces; all of them if empty.
    only: Vec<String>,
    taken: BTreeSet<PathBuf>,
}

impl Album {
    /// Takes a picture of what stands in the window, once nothing moves in it.
    async fn take(&mut self, window: &Window, look: &Look, face: &str) -> Result<()> {
        // Nothing is pointed at, so that no tip lies over it.
        let away = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveTo {
            duration: None,
            x: 1.0,
            y: 1.0,
        });
        window.page.perform_actions(away).await?;
        let still = "return document.getAnimations().every(one => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)
            && Array.from(document.images).every(one => one.complete);";
        wait::until(
            "nothing moves",
            async || window.page.execute(still, Vec::new()).await.unwrap(),
            |still| still.as_bool() == Some(true),
        )
        .await;
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(null)));";
        window.page.execute_async(painted, Vec::new()).await?;
        let path = self.folder.join(look.name).join(format!("{face}.png"));
        std::fs::create_dir_all(path.parent().context("a folder")?)?;
        picture(look.size(), &path)?;
        println!("{}", path.display());
        self.taken.insert(path);
        Ok(())
    }

    /// Removes the pictures that were not taken any more, and says what there is.
    fn close(self) -> Result<()> {
        if !self.only.is_empty() {
            return Ok(());
        }
        for look in LOOKS {
            let folder = self.folder.join(look.name);
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if !self.taken.contains(&path) {
                    std::fs::remove_file(&path)?;
                }
            }
        }
        std::fs::write(self.folder.join("README.md"), self.index())?;
        Ok(())
    }

    fn index(&self) -> String {
        let mut text = String::from(
            "# The window\n\nTaken by `cargo xtask screens` in the real window; see `tests/src/faces.rs` for the ways there.\n",
        );
        for look in LOOKS {
            text += &format!("\n## {}\n\n", look.says);
            for path in self
                .taken
                .iter()
                .filter(|path| path.starts_with(self.folder.join(look.name)))
            {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                text += &format!("- [{name}]({}/{name}.png)\n", look.name);
            }
        }
        text
    }
}

/// Keeps the display's corner, where the window is. WebDriver's own picture waits for ever where nothing is painted any more. 256
/// colours are enough for a page, and the pictures live in the repository.
fn picture((width, height): (u32, u32), to: &Path) -> Result<()> {
    let status = std::process::Command::new("import")
        .args(["-window", "root", "-crop"])
        .arg(format!("{width}x{height}+0+0"))
        .args(["+repage", "-strip", "+dither", "-colors", "255"])
        .arg(format!("png8:{}", to.display()))
        .status()
        .context("cannot start ImageMagick's import (Debian: imagemagick)")?;
    ensure!(status.success(), "ImageMagick's import failed ({status})");
    Ok(())
}
