// The fields of a snapshot, as the journal writes them (codec.h). Their order is the format: see
// event_codec.h.
#pragma once

#include "core/event_codec.h"
#include "core/snapshot.h"

namespace lockfs {

template <class A>
void fields(A& a, FieldsOf<A, KeptPlace>& v) {
  a(v.thread, v.via, v.mode, v.ticket);
}
template <class A>
void fields(A& a, FieldsOf<A, Answer>& v) {
  a(v.id, v.reason, v.handle, v.node, v.token);
}
template <class A>
void fields(A& a, FieldsOf<A, LockedRange>& v) {
  a(v.bytes, v.mode, v.through);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Unit>& v) {
  a(v.name, v.mode, v.retired, v.since);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Lock>& v) {
  a(v.node, v.kind, v.name, v.description, v.access, v.group, v.configured, v.lasting, v.creator,
    v.last_grant, v.units, v.free, v.shared);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::NodeText>& v) {
  a(v.node, v.text);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Handle>& v) {
  a(v.id, v.kind, v.node, v.client, v.names, v.owners, v.kept, v.answer, v.text_base);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Want>& v) {
  a(v.lock, v.unit, v.count, v.mode, v.follows);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Grant>& v) {
  a(v.lock, v.unit, v.mode, v.follows);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Claim>& v) {
  a(v.ticket, v.owner, v.handle, v.client, v.asker, v.mode, v.since, v.request, v.thread, v.bytes,
    v.token, v.alternatives, v.grants, v.ranges, v.others);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot>& v) {
  a(v.locks, v.gone, v.expressions, v.next_node, v.handles, v.next_handle, v.holds, v.waits,
    v.create, v.admins, v.limits, v.kept_answers, v.last_sent, v.lines_done, v.last_command,
    v.next_ticket, v.last_token, v.stopping);
}

}  // namespace lockfs
