// The simulated worker's door: as the kernel's door and the control file do.
#include <optional>
#include <utility>
#include <variant>

#include "tests/unit/simulation/crash_simulation_worker.h"

namespace lockfs::sim {
namespace {

constexpr NodeId no_node{1};  // no lock's
constexpr std::optional<NodeId> a_view{NodeId{3}};

}  // namespace

void Worker::handle(const Incoming& incoming) {
  around_.steps.pass();
  if (!incoming.call) return interrupt(incoming.id);
  std::visit([&](const auto& call) { run(incoming.id, call); }, *incoming.call);
  if (around_.kernel.resends() || !pending_.contains(incoming.id)) return;
  around_.steps.pass();
  memory_.kept.insert_or_assign(incoming.id, incoming);
  around_.steps.pass();
}

void Worker::interrupt(RequestId id) {
  if (pending_.contains(id) && engine_->is_waiting(id)) post(event::Cancel{id});
}

std::optional<NodeId> Worker::find_node(const std::string& text) {
  const auto node = engine_->find_node(text);
  if (node) return node;
  post(event::Intern{text});
  return engine_->find_node(text);
}

void Worker::run(RequestId id, OpenText call) {
  const auto node = call.kind == FileKind::lock ? find_node(call.text) : a_view;
  pending_.insert(id);
  post(event::Open{id, call.kind, node.value_or(no_node), call.client});
}

void Worker::run(RequestId id, const event::EventsRead& call) {
  post(call);
  around_.kernel.reply({.id = id});
}

void Worker::run(RequestId id, const HoldText& call) {
  event::Hold hold{id, NodeId::none, "", call.client, call.mode, call.wait};
  if (call.creates) {
    hold.name = call.text;
  } else {
    hold.node = find_node(call.text).value_or(no_node);
  }
  pending_.insert(id);
  post(hold);
}

template <NumberedEvent Call>
void Worker::run(RequestId id, Call call) {
  call.id = id;
  pending_.insert(id);
  post(call);
}

void Worker::run(RequestId id, const Flush& call) {
  if (!engine_->holds(call.release.owner) && engine_->kept_answer(id) == nullptr) {
    around_.kernel.reply({.id = id});
    return;
  }
  run(id, call.release);
}

void Worker::run(RequestId id, const Write& call) { run(id, call.note); }

void Worker::run(RequestId id, event::Close call) {
  post(call);
  around_.kernel.reply({.id = id});
}

void Worker::run(RequestId id, std::vector<event::Control> lines) {
  pending_.insert(id);
  if (answer_again(id)) return;
  for (std::size_t next = engine_->lines_done(id); next < lines.size(); ++next) {
    lines[next].id = id;
    post(lines[next]);
    if (engine_->last_command().code != Code::ok) return;
  }
}

}  // namespace lockfs::sim
