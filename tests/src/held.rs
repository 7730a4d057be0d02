//! What a page holds: its elements, the memory of its program, and the things of the browser that its program holds. All of it is
//! counted, so it can be compared without a clock: what is the same after one hour of scrolling as after a minute does not grow.

use crate::window::Window;
use serde_json::Value;

/// The program is a module: asking for it again gives the one that runs.
const HELD: &str = r#"
    const [done] = arguments;
    import('/ui.js').then(async module => {
        const program = await module.default();
        done({ elements: document.getElementsByTagName('*').length, memory: program.memory.buffer.byteLength,
            things: program.__wbindgen_externrefs.length });
    }).catch(error => done({ error: String(error) }));"#;

/// What a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Elements of the document.
    pub elements: u64,
    /// Bytes of the program's memory: it never shrinks, so this is the most that it ever needed at once.
    pub memory: u64,
    /// Places for things of the browser (elements, functions, promises) that the program holds; it never shrinks either.
    pub things: u64,
}

impl Held {
    /// What a window's page holds now.
    ///
    /// # Panics
    /// When the window is gone.
    pub async fn by(window: &Window) -> Self {
        let found = window.page.execute_async(HELD, Vec::new()).await.unwrap();
        let count = |key: &str| match &found[key] {
            Value::Number(number) => number.as_u64().unwrap(),
            _ => panic!("what the page holds: {found}"),
        };
        Self {
            elements: count("elements"),
            memory: count("memory"),
            things: count("things"),
        }
    }
}
