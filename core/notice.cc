#include "core/notice.h"

namespace lockfs {

std::string_view to_string(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::waiting:
      return "waiting";
    case NoticeKind::granted:
      return "granted";
    case NoticeKind::released:
      return "released";
    case NoticeKind::ended:
      return "ended";
    case NoticeKind::created:
      return "created";
    case NoticeKind::removed:
      return "removed";
    case NoticeKind::command:
      return "command";
    case NoticeKind::stopping:
      return "stopping";
    case NoticeKind::serving:
      return "serving";
    case NoticeKind::broken:
      return "broken";
    case NoticeKind::offline:
      return "offline";
    case NoticeKind::online:
      return "online";
    case NoticeKind::draining:
      return "draining";
    case NoticeKind::undrained:
      return "undrained";
    case NoticeKind::noted:
      return "noted";
    case NoticeKind::deadlock:
      return "deadlock";
    case NoticeKind::overdue:
      return "overdue";
    case NoticeKind::cleaning:
      return "cleaning";
    case NoticeKind::cleaned:
      return "cleaned";
  }
  return "";
}

}  // namespace lockfs
