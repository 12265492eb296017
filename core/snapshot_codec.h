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
void fields(A& a, FieldsOf<A, Poller>& v) {
  a(v.number, v.told.wanted, v.told.lost);
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
  a.since(4, v.offline, v.cleaning);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Lock>& v) {
  a(v.node, v.kind, v.name, v.description, v.access, v.group, v.configured, v.lasting, v.creator,
    v.last_grant, v.units, v.free, v.shared);
  a.since(4, v.draining, v.fail_at_deadlock, v.reentrant, v.max_hold, v.on_expiry, v.hooks);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::NodeText>& v) {
  a(v.node, v.text);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Handle>& v) {
  a(v.id, v.kind, v.node, v.client, v.names, v.owners, v.kept, v.answer, v.text_base);
  a.since(4, v.broken, v.poller, v.read);
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
  a.since(4, v.note, v.lineage, v.deadlock, v.deadline, v.overdue);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::ExpectedOpen>& v) {
  a(v.thread, v.node);
}
template <class A>
void fields(A& a, FieldsOf<A, Durations>& v) {
  a(v.counts, v.sum);
}
template <class A>
void fields(A& a, FieldsOf<A, Tally>& v) {
  a(v.kinds, v.ended, v.commands, v.waits, v.holds);
}
template <class A>
void fields(A& a, FieldsOf<A, RemoteParty>& v) {
  a(v.user, v.host, v.process_host, v.process, v.autounlock, v.connected, v.started, v.limit,
    v.deadline);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot::Remote>& v) {
  a(v.handle, v.party);
}
template <class A>
void fields(A& a, FieldsOf<A, lockerd::Settings>& v) {
  a(v.user, v.locks, v.block, v.timeout, v.autounlock, v.pid, v.host);
}
template <class A>
void fields(A& a, FieldsOf<A, LineBuffer>& v) {
  a(v.text, v.at);
}
template <class A>
void fields(A& a, FieldsOf<A, Connection>& v) {
  a(v.id, v.peer, v.identified, v.input, v.output, v.closing, v.received, v.written, v.handle,
    v.waits, v.told_waiting, v.listing, v.settings, v.user, v.board, v.reloads);
}
template <class A>
void fields(A& a, FieldsOf<A, Snapshot>& v) {
  a(v.locks, v.gone, v.expressions, v.next_node, v.handles, v.next_handle, v.holds, v.waits,
    v.create, v.admins, v.limits, v.kept_answers, v.last_sent, v.lines_done, v.last_command,
    v.next_ticket, v.last_token, v.stopping);
  a.since(4, v.expected_opens, v.last_position, v.tally);
  a.since(4, v.started, v.doors, v.remotes, v.connections, v.hook_rules);
}

}  // namespace lockfs
