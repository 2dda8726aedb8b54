//! The whole screen, which minifb cannot ask for: told to the window manager on a connection of our own.
//!
//! With a window manager that knows EWMH it is `_NET_WM_STATE_FULLSCREEN`: no border, the whole monitor, and it puts the
//! window back where it was. Without one the window is moved and sized by hand. Wayland has no way that minifb lets
//! us use; `--x11` has.

/// Changes between window and whole screen. `handle` is the X11 window; `false` if that is not possible here.
#[cfg(target_os = "linux")]
pub(super) fn set(handle: u32, full: bool, window: (u32, u32)) -> bool {
    x11::set(handle, full, window).is_ok()
}

/// Not possible here.
#[cfg(not(target_os = "linux"))]
pub(super) fn set(_: u32, _: bool, _: (u32, u32)) -> bool {
    false
}

#[cfg(target_os = "linux")]
mod x11 {
    use std::error::Error;
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{
        AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, Screen, Window,
    };
    use x11rb::rust_connection::RustConnection;

    /// Values of `_NET_WM_STATE`'s first word.
    const REMOVE: u32 = 0;
    const ADD: u32 = 1;

    pub(super) fn set(window: Window, full: bool, size: (u32, u32)) -> Result<(), Box<dyn Error>> {
        let (connection, number) = x11rb::connect(None)?;
        let screen = &connection.setup().roots[number];
        // Without such a window there is nothing to change (it is Wayland's).
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

    fn atom(connection: &RustConnection, name: &[u8]) -> Result<u32, Box<dyn Error>> {
        Ok(connection.intern_atom(false, name)?.reply()?.atom)
    }

    /// Whether there is a window manager that knows EWMH.
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
