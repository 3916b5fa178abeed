//! Moves the bytes of one connection under a toxic that may change at any moment.

use std::time::Duration;

use tokio::{net::TcpStream, sync::watch, time::sleep};

use super::tcp::Toxic;

const BUFFER_BYTES: usize = 16 * 1024;

/// How a connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Orderly,
    Reset,
}

/// Whose bytes a pump moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    FromClient,
    FromServer,
}

/// Runs until either side ends or a toxic ends both.
pub(super) async fn between(client: &TcpStream, server: &TcpStream, toxic: watch::Receiver<Toxic>) -> End {
    tokio::select! {
        end = pump(client, server, toxic.clone(), Direction::FromClient) => end,
        end = pump(server, client, toxic, Direction::FromServer) => end,
    }
}

async fn pump(from: &TcpStream, to: &TcpStream, mut toxic: watch::Receiver<Toxic>, direction: Direction) -> End {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut last = *toxic.borrow();
    let mut passed = 0_u64;
    loop {
        let now = *toxic.borrow_and_update();
        if now != last {
            (last, passed) = (now, 0);
        }
        let room = match room(now, direction, passed) {
            Room::Bytes(room) => room,
            Room::Ended(end) => return end,
            Room::Hole => match toxic.changed().await {
                Ok(()) => continue,
                Err(_) => return End::Orderly,
            },
        };
        let Some(space) = buffer.get_mut(..room) else { return End::Orderly };
        let read = tokio::select! {
            // The new toxic decides, at the head of the loop.
            changed = toxic.changed() => if changed.is_ok() { continue } else { return End::Orderly },
            read = read_some(from, space) => read,
        };
        let Ok(count @ 1..) = read else { return End::Orderly };
        tokio::select! {
            () = sleep(pause(now)) => {}
            _ = toxic.changed() => {}
        }
        let Some(piece) = buffer.get(..count) else { return End::Orderly };
        if let Err(end) = write_all(to, piece, &mut toxic).await {
            return end;
        }
        passed = passed.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// What a toxic leaves a pump to do.
enum Room {
    Bytes(usize),
    Hole,
    Ended(End),
}

fn room(toxic: Toxic, direction: Direction, passed: u64) -> Room {
    match toxic {
        Toxic::Healthy | Toxic::Latency(_) => Room::Bytes(BUFFER_BYTES),
        Toxic::Trickle { bytes, .. } => Room::Bytes(bytes.clamp(1, BUFFER_BYTES)),
        Toxic::CutAfter(limit) => match (direction, limit.saturating_sub(passed)) {
            (Direction::FromClient, _) => Room::Bytes(BUFFER_BYTES),
            (Direction::FromServer, 0) => Room::Ended(End::Orderly),
            (Direction::FromServer, left) => Room::Bytes(usize::try_from(left).unwrap_or(usize::MAX).min(BUFFER_BYTES)),
        },
        Toxic::BlackHole => Room::Hole,
        Toxic::Down => Room::Ended(End::Orderly),
        Toxic::Reset => Room::Ended(End::Reset),
    }
}

const fn pause(toxic: Toxic) -> Duration {
    match toxic {
        Toxic::Latency(span) | Toxic::Trickle { every: span, .. } => span,
        Toxic::Healthy | Toxic::Down | Toxic::Reset | Toxic::BlackHole | Toxic::CutAfter(_) => Duration::ZERO,
    }
}

/// Whether a toxic keeps bytes that were read already from being written.
const fn stops_writing(toxic: Toxic) -> bool {
    match toxic {
        Toxic::Down | Toxic::Reset | Toxic::BlackHole => true,
        Toxic::Healthy | Toxic::Latency(_) | Toxic::CutAfter(_) | Toxic::Trickle { .. } => false,
    }
}

/// What was read before a hole opened waits in it.
async fn write_all(to: &TcpStream, mut piece: &[u8], toxic: &mut watch::Receiver<Toxic>) -> Result<(), End> {
    while !piece.is_empty() {
        let lifted = toxic.wait_for(|toxic| *toxic != Toxic::BlackHole).await.map(|toxic| *toxic);
        match lifted {
            Err(_) | Ok(Toxic::Down) => return Err(End::Orderly),
            Ok(Toxic::Reset) => return Err(End::Reset),
            Ok(Toxic::Healthy | Toxic::BlackHole | Toxic::Latency(_) | Toxic::CutAfter(_) | Toxic::Trickle { .. }) => {}
        }
        tokio::select! {
            ready = to.writable() => ready.map_err(|_| End::Orderly)?,
            _ = toxic.wait_for(|toxic| stops_writing(*toxic)) => continue,
        }
        match to.try_write(piece) {
            Ok(written) => piece = piece.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return Err(End::Orderly),
        }
    }
    Ok(())
}

async fn read_some(from: &TcpStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}
