#include "core/permission.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/admission.hpp"
#include "core/vocabulary.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kMax = 4;   // max_sessions
constexpr std::uint64_t kRamp = 2;  // the ramp's limit
constexpr std::uint64_t kKey = 7;   // of the first session
constexpr std::uint64_t kDeadKey = 8;

/// One question to the table, with all that an answer can depend on.
struct Case {
  Stage stage = Stage::open;
  std::uint32_t kind = TG_KIND_NEW;
  std::uint32_t session_class = TG_CLASS_NORMAL;
  bool affinity = false;   // permitted by the drain
  bool emergency = false;  // permitted by the drain
  bool key_live = false;
  bool parent_live = true;
  std::uint64_t sessions = 1;
};

std::string text(const Case &c) {
  return std::string(name_of(c.stage)) + " " + std::string(kind_word(c.kind).label) + " " +
         std::string(class_word(c.session_class).label) + (c.affinity ? " affinity" : "") +
         (c.emergency ? " emergency" : "") + (c.key_live ? " key live" : "") + (c.parent_live ? "" : " parent gone") +
         " sessions=" + std::to_string(c.sessions);
}

/// What the rules say, written as sentences and without the table. Returns: TG_REASON_*, NONE: admitted.
std::uint32_t expected(const Case &c) {
  const bool is_emergency = c.session_class == TG_CLASS_EMERGENCY;
  if (c.kind == TG_KIND_CHILD) {
    if (!c.parent_live) return TG_REASON_PARENT_GONE;
    return c.stage == Stage::sealed ? TG_REASON_CLOSING : TG_REASON_NONE;
  }
  if (c.stage == Stage::sealed) return TG_REASON_CLOSING;
  if (c.stage == Stage::draining) {
    const bool by_key = c.kind == TG_KIND_AFFINITY && c.affinity && c.key_live;
    if (!by_key && !(is_emergency && c.emergency)) return TG_REASON_PAUSED;
  }
  if (c.sessions >= kMax) return TG_REASON_LIMIT;
  if (c.stage == Stage::ramping && c.session_class == TG_CLASS_NORMAL && c.sessions >= kRamp) return TG_REASON_RAMP;
  return TG_REASON_NONE;
}

/// A service in the place that a case asks for.
class World {
 public:
  explicit World(const Case &c) {
    admission_.gate().open();
    const tg_ticket ended = fill(kDeadKey);
    admission_.release(ended);
    parent_ = fill(kKey);
    for (std::uint64_t i = 1; i < c.sessions; ++i) fill(0);
    if (!c.parent_live) parent_ = ended;
    admission_.permit({c.affinity, c.emergency});
    admission_.index_keys(1);
    switch (c.stage) {
      case Stage::open: break;
      case Stage::ramping: admission_.set_limit(kRamp); break;
      case Stage::draining:
        admission_.refuse_with(TG_REASON_PAUSED);
        admission_.gate().shut();
        break;
      case Stage::sealed: admission_.refuse_with(TG_REASON_CLOSING); admission_.gate().seal();
    }
  }

  tg_ticket admit(const Case &c, std::uint32_t reason) {
    tg_request request = TG_INIT(tg_request);
    request.kind = c.kind;
    request.session_class = c.session_class;
    if (c.kind == TG_KIND_CHILD) request.parent = parent_;
    if (c.kind != TG_KIND_CHILD) request.key = c.key_live ? kKey : kDeadKey;
    tg_verdict verdict = TG_INIT(tg_verdict);
    const tg_ticket ticket = admission_.admit(request, 0, verdict);
    EXPECT_EQ(verdict.reason, reason) << text(c);
    EXPECT_EQ(verdict.code, reason == TG_REASON_NONE ? TG_VERDICT_ADMITTED : TG_VERDICT_REFUSED) << text(c);
    EXPECT_EQ(ticket != 0, reason == TG_REASON_NONE) << text(c);
    return ticket;
  }

  Admission &admission() { return admission_; }
  tg_ticket parent() const { return parent_; }

 private:
  tg_ticket fill(std::uint64_t key) {
    tg_request request = TG_INIT(tg_request);
    request.key = key;
    tg_verdict verdict = TG_INIT(tg_verdict);
    return admission_.admit(request, 0, verdict);
  }

  inline static const PolicyList kNone{};
  SessionSlab slab_{16};
  PolicyDoors policies_{kNone};
  Admission admission_{{.max_sessions = kMax}, slab_, policies_};
  tg_ticket parent_ = 0;
};

template <class F>
void for_each_case(F &&fn) {
  for (const Stage stage : {Stage::open, Stage::ramping, Stage::draining, Stage::sealed})
    for (std::uint32_t kind = TG_KIND_NEW; kind <= TG_KIND_ORIGINATE; ++kind)
      for (std::uint32_t session_class = TG_CLASS_NORMAL; session_class <= TG_CLASS_EMERGENCY; ++session_class)
        for (unsigned bits = 0; bits < 16; ++bits)
          for (std::uint64_t sessions = 1; sessions <= kMax; ++sessions)
            fn(Case{stage, kind, session_class, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0,
                    sessions});
}

TEST(Permission, EachStageKindAndClass_GetsWhatTheRulesSay) {
  for_each_case([](const Case &c) {
    World world(c);
    const Counts before = world.admission().gate().counts();
    world.admit(c, expected(c));
    const Counts after = world.admission().gate().counts();
    const bool admitted = expected(c) == TG_REASON_NONE, child = c.kind == TG_KIND_CHILD;
    EXPECT_EQ(after.sessions, before.sessions + (admitted && !child ? 1 : 0)) << text(c);
    EXPECT_EQ(after.children, before.children + (admitted && child ? 1 : 0)) << text(c);
    EXPECT_EQ(after.entries, 0u) << text(c);
  });
}

TEST(Permission, Drained_AdmitsNothingWhateverTheOptions) {
  for_each_case([](const Case &c) {
    if (c.stage != Stage::draining || c.sessions != 1 || !c.parent_live) return;
    World world(c);
    EXPECT_EQ(world.admission().release(world.parent()), Admission::Released::last);
    world.admit(c, c.kind == TG_KIND_CHILD ? TG_REASON_PARENT_GONE : TG_REASON_PAUSED);
    EXPECT_FALSE(world.admission().enter());
    EXPECT_FALSE(world.admission().enter_child(world.parent()));
    EXPECT_EQ(world.admission().gate().counts().live(), 0u);
  });
}

TEST(Permission, Entries_AreNewAndNormalOrChild_AndLimitsDoNotBoundThem) {
  for_each_case([](const Case &c) {
    if (c.session_class != TG_CLASS_NORMAL || c.kind != TG_KIND_NEW) return;
    World world(c);
    EXPECT_EQ(world.admission().enter(), c.stage == Stage::open || c.stage == Stage::ramping) << text(c);
    EXPECT_EQ(world.admission().enter_child(world.parent()), c.parent_live && c.stage != Stage::sealed) << text(c);
  });
}

TEST(Permission, Permissions_SurviveTheirWord) {
  for (const bool affinity : {false, true})
    for (const bool emergency : {false, true}) {
      const Permissions back = Permissions::of(Permissions{affinity, emergency}.word());
      EXPECT_EQ(back.affinity, affinity);
      EXPECT_EQ(back.emergency, emergency);
    }
}

/// Returns the cells of the rows of VERDICTS.md.
std::vector<std::vector<std::string>> documented_rows() {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../../abi/VERDICTS.md";
  std::ifstream file(path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ") || line.starts_with("| stage ")) continue;
    std::vector<std::string> cells;
    for (std::size_t at = 2, end; (end = line.find(" |", at)) != std::string::npos; at = end + 3)
      cells.push_back(line.substr(at, end - at));
    rows.push_back(cells);
  }
  return rows;
}

TEST(Permission, Verdicts_ShowTheTable) {
  const auto rows = documented_rows();
  ASSERT_EQ(rows.size(), kPermissionTable.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const PermissionRow &row = kPermissionTable[i];
    const std::vector<std::string> wanted{std::string(name_of(row.stage)), std::string(kind_word(row.kind).label),
                                          std::string(name_of(row.rules[0])), std::string(name_of(row.rules[1])),
                                          std::string(name_of(row.rules[2]))};
    EXPECT_EQ(rows[i], wanted) << "row " << i + 1;
  }
}

}  // namespace
}  // namespace tidegate::sdk
