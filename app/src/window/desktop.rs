//! What minifb does not offer: full screen and an icon, requested over our own X11 connection.
//!
//! A window manager with EWMH gets `_NET_WM_STATE_FULLSCREEN`: it removes the border, covers the monitor, and restores the
//! window later. Without one we move and resize the window. The icon is the property `_NET_WM_ICON`. On Wayland neither is
//! possible with minifb; use `--x11`.

use crate::icon::Icon;

/// Changes between window and full screen. `handle` is the X11 window. Returns false if it is not possible.
#[cfg(target_os = "linux")]
pub(super) fn set_fullscreen(handle: u32, full: bool, window: (u32, u32)) -> bool {
    x11::set_fullscreen(handle, full, window).is_ok()
}

/// Not possible here.
#[cfg(not(target_os = "linux"))]
pub(super) fn set_fullscreen(_: u32, _: bool, _: (u32, u32)) -> bool {
    false
}

/// Gives the window an icon, if that is possible. `handle` is the X11 window.
#[cfg(target_os = "linux")]
pub(super) fn set_icon(handle: u32, icon: &Icon) {
    // A window does without.
    let _ = x11::set_icon(handle, icon);
}

/// Not possible here.
#[cfg(not(target_os = "linux"))]
pub(super) fn set_icon(_: u32, _: &Icon) {}

#[cfg(target_os = "linux")]
mod x11 {
    use crate::icon::Icon;
    use std::error::Error;
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{
        AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, PropMode, Screen, Window,
    };
    use x11rb::rust_connection::RustConnection;
    use x11rb::wrapper::ConnectionExt as _;

    /// Values of the first word of `_NET_WM_STATE`.
    const REMOVE: u32 = 0;
    const ADD: u32 = 1;

    pub(super) fn set_fullscreen(window: Window, full: bool, size: (u32, u32)) -> Result<(), Box<dyn Error>> {
        let (connection, number) = x11rb::connect(None)?;
        let screen = &connection.setup().roots[number];
        // Fails on Wayland, where the handle is not an X11 window.
        connection.get_geometry(window)?.reply()?;
        if has_manager(&connection, screen)? {
            ask_manager(&connection, screen, window, full)?;
        } else {
            let (width, height) = (u32::from(screen.width_in_pixels), u32::from(screen.height_in_pixels));
            let place = if full {
                (0, 0, width, height)
            } else {
                (width.saturating_sub(size.0) / 2, height.saturating_sub(size.1) / 2, size.0, size.1)
            };
            let place = ConfigureWindowAux::new().x(place.0 as i32).y(place.1 as i32).width(place.2).height(place.3);
            connection.configure_window(window, &place)?.check()?;
        }
        connection.flush()?;
        Ok(())
    }

    pub(super) fn set_icon(window: Window, icon: &Icon) -> Result<(), Box<dyn Error>> {
        let (connection, _) = x11rb::connect(None)?;
        // Fails on Wayland, as above.
        connection.get_geometry(window)?.reply()?;
        let property = atom(&connection, b"_NET_WM_ICON")?;
        let data: Vec<u32> = [icon.width, icon.height].iter().chain(&icon.argb).copied().collect();
        connection.change_property32(PropMode::REPLACE, window, property, AtomEnum::CARDINAL, &data)?.check()?;
        Ok(())
    }

    fn atom(connection: &RustConnection, name: &[u8]) -> Result<u32, Box<dyn Error>> {
        Ok(connection.intern_atom(false, name)?.reply()?.atom)
    }

    /// Whether there is a window manager with EWMH.
    fn has_manager(connection: &RustConnection, screen: &Screen) -> Result<bool, Box<dyn Error>> {
        let check = atom(connection, b"_NET_SUPPORTING_WM_CHECK")?;
        let property = connection.get_property(false, screen.root, check, AtomEnum::WINDOW, 0, 1)?.reply()?;
        Ok(property.value_len == 1)
    }

    fn ask_manager(
        connection: &RustConnection,
        screen: &Screen,
        window: Window,
        full: bool,
    ) -> Result<(), Box<dyn Error>> {
        let state = atom(connection, b"_NET_WM_STATE")?;
        let fullscreen = atom(connection, b"_NET_WM_STATE_FULLSCREEN")?;
        let what = if full { ADD } else { REMOVE };
        let message = ClientMessageEvent::new(32, window, state, [what, fullscreen, 0, 1, 0]);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        connection.send_event(false, screen.root, mask, message)?.check()?;
        Ok(())
    }
}
