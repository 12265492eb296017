#include "fs/mark_keeper.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <future>
#include <memory>

#include "fs/state_folder.h"

namespace lockfs {
namespace {

constexpr std::chrono::minutes retry_after{1};
constexpr std::chrono::seconds longest_finish{5};

}  // namespace

MarkKeeper::MarkKeeper(Loop& loop, Worker& worker, const Engine& engine, std::string file)
    : worker_(worker), engine_(engine), file_(std::move(file)), retry_(loop, [this] { save(); }) {}

std::function<std::string()> MarkKeeper::writing() const {
  return [file = file_, last = engine_.last_token(), marks = engine_.marks()] {
    return write_marks(file, last, marks);
  };
}

void MarkKeeper::save() {
  busy_ = true;
  seen_ = engine_.mark_changes();
  const bool submitted = worker_.submit([this, write = writing()]() -> Loop::Callback {
    return [this, trouble = write()] { saved(trouble); };
  });
  if (!submitted) retry_.start(retry_after);
}

void MarkKeeper::saved(const std::string& trouble) {
  if (!trouble.empty() && trouble != trouble_) {
    spdlog::error("{}; offline and drain marks may not outlive a stop", trouble);
  }
  trouble_ = trouble;
  if (!trouble.empty()) return retry_.start(retry_after);
  busy_ = false;
  look();
}

// Behind whatever job is under way, so that no two write at once.
void MarkKeeper::finish() {
  if (seen_ == engine_.mark_changes() && !busy_) return;
  const auto done = std::make_shared<std::promise<void>>();
  const bool submitted = worker_.submit([done, write = writing()]() -> Loop::Callback {
    write();
    done->set_value();
    return [] {};
  });
  if (submitted) done->get_future().wait_for(longest_finish);
}

}  // namespace lockfs
