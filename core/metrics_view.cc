#include "core/metrics_view.h"

#include <array>
#include <map>

#include "core/json_view.h"

namespace lockfs {
namespace {

class Text {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
    text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  // `labels` as `name="value",name="value"`.
  void sample(const std::string& labels, const std::string& value, std::string_view suffix = "") {
    text_ += name_ + std::string(suffix);
    if (!labels.empty()) text_ += "{" + labels + "}";
    text_ += " " + value + "\n";
  }
  void sample(const std::string& labels, std::uint64_t value, std::string_view suffix = "") {
    sample(labels, std::to_string(value), suffix);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    begin(name, "gauge", help);
    sample("", value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "=\"";
  for (const char byte : value) {
    if (byte == '\\' || byte == '"') text += '\\';
    text += byte == '\n' ? std::string("\\n") : std::string(1, byte);
  }
  return text + "\"";
}

// From nanoseconds, without a float's rounding.
std::string seconds(WallTime time) {
  std::string fraction = std::to_string(1'000'000'000 + time % 1'000'000'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(time / 1'000'000'000) + (fraction.empty() ? "" : "." + fraction);
}

// As far as there are words for the codes.
template <class Code>
void add_counts(Text& text, std::string_view name,
                const std::array<std::uint64_t, Tally::max_codes>& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto word = to_string(static_cast<Code>(i));
    if (!word.empty()) text.sample(label(name, word), counts[i]);
  }
}

void add_durations(Text& text, std::string_view name, std::string_view help,
                   const Durations& durations) {
  text.begin(name, "histogram", help);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < durations.counts.size(); ++i) {
    count += durations.counts[i];
    const bool last = i == Durations::bounds_ms.size();
    const auto bound = last ? "+Inf" : seconds(Durations::bounds_ms[i] * 1'000'000);
    text.sample(label("le", bound), count, "_bucket");
  }
  text.sample("", seconds(durations.sum), "_sum");
  text.sample("", count, "_count");
}

void add_counters(Text& text, const Tally& tally) {
  text.begin("lockfs_events_total", "counter", "What happened to the locks since the mount.");
  add_counts<NoticeKind>(text, "event", tally.kinds);
  text.begin("lockfs_waits_ended_total", "counter", "Waits that ended without a grant.");
  add_counts<Reason>(text, "reason", tally.ended);
  text.begin("lockfs_commands_total", "counter", "Control commands, by what came of them.");
  add_counts<Code>(text, "code", tally.commands);
  add_durations(text, "lockfs_wait_seconds", "How long those waited who got a lock.", tally.waits);
  add_durations(text, "lockfs_hold_seconds", "How long locks were held that are free again.",
                tally.holds);
}

void add_locks(Text& text, const Description& description) {
  std::map<std::string_view, std::uint64_t> kinds = {
      {"board", 0}, {"counting", 0}, {"named", 0}, {"dynamic", 0}};
  for (const auto& lock : description.locks) ++kinds[to_string(lock.kind)];
  text.begin("lockfs_locks", "gauge", "Locks that there are.");
  for (const auto& [kind, count] : kinds) text.sample(label("kind", kind), count);
  text.begin("lockfs_units", "gauge", "Units of each configured lock, by state.");
  for (const auto& lock : description.locks) {
    if (lock.kind == LockKind::dynamic) continue;
    std::map<std::string_view, std::uint64_t> states = {{"free", 0}, {"held", 0}};
    for (const auto& unit : lock.units) ++states[state_of(lock, unit)];
    for (const auto& [state, count] : states) {
      text.sample(label("lock", lock.name) + "," + label("state", state), count);
    }
  }
  text.begin("lockfs_lock_waiters", "gauge", "Who waits for each configured lock.");
  for (const auto& lock : description.locks) {
    if (lock.kind != LockKind::dynamic) text.sample(label("lock", lock.name), lock.waiters.size());
  }
}

}  // namespace

MetricsFacts gather_metrics(const Engine& engine, std::string version) {
  return {std::move(version), engine.tally(),      engine.opens(),         engine.holds(),
          engine.waiters(),   engine.last_token(), engine.last_position(), describe(engine)};
}

std::string render_metrics(const MetricsFacts& facts) {
  Text text;
  text.begin("lockfs_build_info", "gauge", "The version of lockfs that serves the mount.");
  text.sample(label("version", facts.version), 1);
  text.gauge("lockfs_open_files", "Files of the mount that are open.", facts.open_files);
  text.gauge("lockfs_holds", "Locks and sets of locks that are held.", facts.holds);
  text.gauge("lockfs_waiters", "Who waits for a lock or a set.", facts.waiters);
  text.gauge("lockfs_last_token", "The fencing token that was given last.", facts.last_token);
  text.gauge("lockfs_last_event_position", "The position of the latest event.",
             facts.last_position);
  add_counters(text, facts.tally);
  add_locks(text, facts.description);
  return text.take();
}

}  // namespace lockfs
