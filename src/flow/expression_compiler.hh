#pragma once
// Expressions of a flow: compiled from where they stand, their mistakes told at the character in the YAML source, and,
// where nothing of a message is in them, evaluated.

#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "expr/flow_scope.hh"
#include "expr/program.hh"
#include "expr/value_template.hh"
#include "flow/constants.hh"
#include "flow/diagnostics.hh"
#include "flow/setting.hh"
#include "flow/tree.hh"
#include "value/value.hh"

namespace flowrun::flow {

class ExpressionCompiler {
public:
    ExpressionCompiler(const Diagnostics& diagnostics, const Constants& constants);

    // The scalar as an expression; nothing, and told, when it is none. `name`: its key.
    std::optional<expr::Program> program(const Tree& tree, std::string_view name, const expr::Scope& scope,
                                         const expr::Type& wanted = {});

    // Any value with `${…}` in its leaves. `setting` says what is wanted; nullptr: anything. Constant leaves are read by
    // their declared type; durations and sizes stay texts. Nothing, and told, when something in it is wrong.
    std::optional<expr::ValueTemplate> value_template(const Tree& tree, const Setting* setting, std::string_view name,
                                                      const expr::Scope& scope);

    // The value of a template that uses nothing of a message. Nothing, and told, when it fails; nothing alone when it
    // needs a constant that has no value because of a mistake told elsewhere. `tell`: false: never told.
    std::optional<value::Value> evaluate(const expr::ValueTemplate& value_template, bool tell = true);

    // Of a template that uses nothing of a message, that it fails for each one. Not where it has asked for the time or the like.
    void warn_where_it_fails(const expr::ValueTemplate& value_template) const;

    // Whether a message must be there to evaluate it.
    static bool needs_message(const expr::ValueTemplate& value_template);

    // A parameter that could not be had: what uses it is not evaluated.
    void forget_param(std::size_t index) { lost_.push_back(constants_.names.param(index)); }
    // The values of parameters stand now.
    void refill();

    const expr::Scope& constant_scope() const { return constant_; }
    const expr::Scope& default_scope() const { return default_; }
    const expr::Scope& message_scope() const { return message_; }
    const expr::Scope& item_scope() const { return item_; }
    const expr::Scope& retry_scope() const { return retry_; }
    const Diagnostics& diagnostics() const { return diagnostics_; }

private:
    std::optional<expr::ValueTemplate> leaf(const Tree& tree, const Setting* setting, std::string_view name,
                                            const expr::Scope& scope);
    void warn_of_text(const Tree& tree, std::string_view name, const expr::Scope& scope);
    std::optional<expr::ValueTemplate> list(const Tree& tree, const Setting* setting, std::string_view name,
                                            const expr::Scope& scope);
    std::optional<expr::ValueTemplate> map(const Tree& tree, const Setting* setting, std::string_view name,
                                           const expr::Scope& scope);
    bool fits_secrecy(const Tree& tree, const expr::Type& type, std::string_view name);
    void tell(const Tree& tree, const std::vector<expr::Problem>& problems);
    void tell(const expr::Failure& failure);
    Place place_of(const expr::Failure& failure) const;

    const Diagnostics diagnostics_;
    const Constants& constants_;
    expr::Scope constant_, default_, message_, item_, retry_;
    expr::Frame frame_;
    std::vector<expr::Slot> lost_;
    bool secret_ = false;  // the template being read belongs to a setting that is secret
    std::unordered_map<std::uint32_t, const Tree*> leaves_;  // by mark, which is the offset in the source
};

}  // namespace flowrun::flow
