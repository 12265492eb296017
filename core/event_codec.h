// The fields of events and of all that stands in them, as the journal writes them (codec.h).
//
// The order of the fields, and of the alternatives of Event and Command, is the format: whoever
// changes it gives it a new number, and says so of the fields that are new (codec.h). Those that
// are constexpr are of what has a fixed size, and are written faster.
#pragma once

#include "core/codec.h"
#include "core/event.h"

namespace lockfs {

template <class A>
constexpr void fields(A& a, FieldsOf<A, Client>& v) {
  a(v.uid, v.thread, v.opened);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, Asker>& v) {
  a(v.process, v.asked, v.started);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, ByteRange>& v) {
  a(v.first, v.last);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, OwnerKey>& v) {
  a(v.via, v.node, v.id);
}
template <class A>
void fields(A& a, FieldsOf<A, Outcome>& v) {
  a(v.code, v.text);
}
template <class A>
void fields(A& a, FieldsOf<A, Named>& v) {
  a(v.name, v.line);
}
template <class A>
void fields(A& a, FieldsOf<A, Access>& v) {
  a(v.everyone, v.uids);
}
template <class A>
void fields(A& a, FieldsOf<A, Limits>& v) {
  a(v.max_waiters, v.max_waiters_per_user, v.max_dynamic_locks_per_user, v.max_opens_per_user);
}
template <class A>
void fields(A& a, FieldsOf<A, Hooks>& v) {
  a(v.on_release, v.check, v.check_interval);
}
template <class A>
void fields(A& a, FieldsOf<A, LockSpec>& v) {
  a(v.name, v.kind, v.units, v.access, v.group, v.description);
  a.since(4, v.fail_at_deadlock, v.reentrant, v.max_hold, v.on_expiry, v.hooks);
}
template <class A>
void fields(A& a, FieldsOf<A, Doors>& v) {
  a(v.lockerd, v.allow, v.mutexdaemon);
}
template <class A>
void fields(A& a, FieldsOf<A, HookRules>& v) {
  a(v.user, v.timeout_s, v.at_once);
}
template <class A>
void fields(A& a, FieldsOf<A, Peer>& v) {
  a(v.protocol, v.host, v.uid, v.pid, v.since);
}
template <class A>
void fields(A& a, FieldsOf<A, Policy>& v) {
  a(v.locks, v.create, v.admins, v.limits);
  a.since(4, v.doors, v.hooks);
}

template <class A>
void fields(A& a, FieldsOf<A, command::Make>& v) {
  a(v.name);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Remove>& v) {
  a(v.name);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Reload>& v) {
  a(v.policy);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Settled>& v) {
  a(v.outcome);
}

template <class A>
void fields(A& a, FieldsOf<A, Mark>& v) {
  a(v.by, v.since, v.reason, v.by_check);
}
template <class A>
void fields(A& a, FieldsOf<A, PlacedMark>& v) {
  a(v.lock, v.unit, v.mark);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Break>& v) {
  a(v.name, v.unit, v.token, v.reason);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Offline>& v) {
  a(v.name, v.unit, v.reason);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Online>& v) {
  a(v.name, v.unit);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Drain>& v) {
  a(v.name, v.reason);
}
template <class A>
void fields(A& a, FieldsOf<A, command::Undrain>& v) {
  a(v.name);
}
template <class A>
void fields(A& a, FieldsOf<A, Forebear>& v) {
  a(v.process, v.started);
}

template <class A>
void fields(A& a, FieldsOf<A, event::Intern>& v) {
  a(v.text);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Open>& v) {
  a(v.id, v.kind, v.node, v.client);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Hold>& v) {
  a(v.id, v.node, v.name, v.client, v.mode, v.wait);
}

template <class A>
void fields(A& a, FieldsOf<A, event::Create>& v) {
  a(v.id, v.name, v.client);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Seek>& v) {
  a(v.handle, v.base);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Close>& v) {
  a(v.handle);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Acquire>& v) {
  a(v.id, v.handle, v.owner, v.mode, v.wait, v.thread, v.asker, v.bytes);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Release>& v) {
  a(v.id, v.handle, v.owner, v.thread, v.bytes);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Cancel>& v) {
  a(v.id);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Unlink>& v) {
  a(v.id, v.name, v.by);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Control>& v) {
  a(v.id, v.handle, v.client, v.line, v.last, v.words, v.command);
}
template <class A>
constexpr void fields(A&, FieldsOf<A, event::Stop>&) {}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Sent>& v) {
  a(v.id);
}
template <class A>
constexpr void fields(A& a, FieldsOf<A, event::Undelivered>& v) {
  a(v.id);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Reconnect>& v) {
  a(v.again, v.last_sent_is_lost);
}
template <class A>
void fields(A& a, FieldsOf<A, event::SetMarks>& v) {
  a(v.marks);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Poll>& v) {
  a(v.handle, v.number);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Note>& v) {
  a(v.id, v.handle, v.text, v.holds);
}

template <class A>
void fields(A& a, FieldsOf<A, event::Lineage>& v) {
  a(v.request, v.processes);
}

template <class A>
void fields(A& a, FieldsOf<A, EventPlace>& v) {
  a(v.offset, v.position, v.skip, v.start);
}
template <class A>
void fields(A& a, FieldsOf<A, event::EventsRead>& v) {
  a(v.handle, v.from, v.to);
}

template <class A>
void fields(A& a, FieldsOf<A, event::Connected>& v) {
  a(v.id, v.peer);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Identified>& v) {
  a(v.id, v.uid);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Received>& v) {
  a(v.id, v.bytes);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Written>& v) {
  a(v.id, v.bytes);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Disconnected>& v) {
  a(v.id);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Reattached>& v) {
  a(v.connections);
}
template <class A>
void fields(A& a, FieldsOf<A, event::ProcessSeen>& v) {
  a(v.handle, v.started);
}
template <class A>
void fields(A& a, FieldsOf<A, event::ProcessDied>& v) {
  a(v.handle);
}
template <class A>
void fields(A&, FieldsOf<A, event::Tick>&) {}
template <class A>
void fields(A& a, FieldsOf<A, UnitPlace>& v) {
  a(v.lock, v.unit);
}
template <class A>
void fields(A& a, FieldsOf<A, event::HookEnded>& v) {
  a(v.place, v.kind, v.failure);
}

}  // namespace lockfs
