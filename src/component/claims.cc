#include "component/claims.hh"

namespace flowrun::component {

namespace {

thread_local constinit std::vector<flow::Claim>* heard = nullptr;

void claim(const char* setting, const char* thing, const char* shown, std::uint32_t uses) noexcept {
    if (heard == nullptr || setting == nullptr || thing == nullptr || shown == nullptr) return;
    heard->push_back({setting, thing, shown, (uses & FLOWRUN_CLAIM_READS) != 0, (uses & FLOWRUN_CLAIM_WRITES) != 0,
                      (uses & FLOWRUN_CLAIM_ADDS) != 0, (uses & FLOWRUN_CLAIM_ALONE) != 0});
}

}  // namespace

HeardClaims::HeardClaims(std::vector<flow::Claim>& into) : outer_(heard) { heard = &into; }
HeardClaims::~HeardClaims() { heard = outer_; }

const flowrun_claims& claims_table() {
    static constexpr flowrun_claims table = {sizeof(flowrun_claims), 0, claim};
    return table;
}

}  // namespace flowrun::component
