#include "fs/kept_requests.h"

#include <utility>

namespace lockfs {

void KeptRequests::keep(RequestId id, RawRequestView request) {
  requests_.insert_or_assign(id, RawRequest(request.begin(), request.end()));
}

void KeptRequests::sent(RequestId id) {
  const RequestId before = std::exchange(last_sent_, id);
  if (before != id) requests_.erase(before);
}

void KeptRequests::keep_only(const std::function<bool(RequestId)>& wanted) {
  std::erase_if(requests_, [&](const auto& entry) { return !wanted(entry.first); });
}

}  // namespace lockfs
