// Requests that were not answered at once, as the kernel sent them: where it cannot be asked to
// send them again, a successor handles these anew.
//
// A part of the journal. What was answered may still be in here for a while, but only as long as
// handling it anew does no harm: a request is forgotten by the answer after its own, for only then
// is it certain that its own has reached the kernel.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "fs/raw_request.h"

namespace lockfs {

class KeptRequests {
 public:
  void keep(RequestId id, RawRequestView request);
  // An answer is being sent.
  void sent(RequestId id);
  // A successor handles all of these anew: what was sent last will be sent again.
  void reconnected() { last_sent_ = RequestId::none; }
  void keep_only(const std::function<bool(RequestId)>& wanted);

  bool contains(RequestId id) const { return requests_.contains(id); }
  // By id, which is the order in which they were made.
  const std::map<RequestId, RawRequest>& all() const { return requests_; }

 private:
  std::map<RequestId, RawRequest> requests_;
  RequestId last_sent_ = RequestId::none;
};

}  // namespace lockfs
