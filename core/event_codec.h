// The fields of events and of all that stands in them, as the journal writes them (codec.h).
//
// The order of the fields, and of the alternatives of Event and Command, is the format: whoever
// changes it gives it a new number, and says so of the fields that are new (codec.h).
#pragma once

#include "core/codec.h"
#include "core/event.h"

namespace lockfs {

template <class A>
void fields(A& a, FieldsOf<A, Client>& v) {
  a(v.uid, v.thread, v.opened);
}
template <class A>
void fields(A& a, FieldsOf<A, Asker>& v) {
  a(v.process, v.asked, v.started);
}
template <class A>
void fields(A& a, FieldsOf<A, ByteRange>& v) {
  a(v.first, v.last);
}
template <class A>
void fields(A& a, FieldsOf<A, OwnerKey>& v) {
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
void fields(A& a, FieldsOf<A, LockSpec>& v) {
  a(v.name, v.kind, v.units, v.access, v.group, v.description);
}
template <class A>
void fields(A& a, FieldsOf<A, Policy>& v) {
  a(v.locks, v.create, v.admins, v.limits);
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
void fields(A& a, FieldsOf<A, event::Intern>& v) {
  a(v.text);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Open>& v) {
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
void fields(A& a, FieldsOf<A, event::Close>& v) {
  a(v.handle);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Acquire>& v) {
  a(v.id, v.handle, v.owner, v.mode, v.wait, v.thread, v.asker, v.bytes);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Release>& v) {
  a(v.id, v.handle, v.owner, v.thread, v.bytes);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Cancel>& v) {
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
void fields(A&, FieldsOf<A, event::Stop>&) {}
template <class A>
void fields(A& a, FieldsOf<A, event::Sent>& v) {
  a(v.id);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Undelivered>& v) {
  a(v.id);
}
template <class A>
void fields(A& a, FieldsOf<A, event::Reconnect>& v) {
  a(v.again, v.last_sent_is_lost);
}

}  // namespace lockfs
