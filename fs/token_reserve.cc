#include "fs/token_reserve.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <limits>

namespace lockfs {
namespace {

constexpr std::chrono::minutes reserve_again_after{1};
constexpr Token never = std::numeric_limits<Token>::max();

}  // namespace

TokenReserve::TokenReserve(Loop& loop, Worker& worker, std::string file)
    : worker_(worker), file_(std::move(file)), retry_(loop, [this] { refill(); }) {}

void TokenReserve::refill() {
  refill_at_ = never;
  const bool submitted = worker_.submit([this, file = file_, last = last_]() -> Loop::Callback {
    return [this, reserved = reserve_tokens(file, last)] { refilled(reserved); };
  });
  if (!submitted) retry_.start(reserve_again_after);
}

void TokenReserve::refilled(const Reserved& reserved) {
  if (!reserved.trouble.empty() && reserved.trouble != trouble_) {
    spdlog::error("{}; locking goes on", reserved.trouble);
  } else if (reserved.trouble.empty() && !trouble_.empty()) {
    spdlog::info("{} is written again", file_);
  }
  trouble_ = reserved.trouble;
  if (reserved.mark == 0) return retry_.start(reserve_again_after);
  refill_at_ = reserved.mark >= max_token ? never : reserved.mark - token_block / 2;
}

}  // namespace lockfs
