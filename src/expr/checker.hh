#pragma once
// Finds what every name and call means, and the type of every sub-expression. With strict checking what cannot work
// is a Problem; with lenient it is left to fail when it runs.

#include <string>
#include <string_view>
#include <vector>

#include "expr/ast.hh"
#include "expr/checking.hh"
#include "expr/problem.hh"
#include "expr/scope.hh"
#include "expr/type.hh"

namespace flowrun::expr {

class Checker {
public:
    Checker(const Scope& scope, Checking checking) : scope_(scope), checking_(checking) {}

    void check(Expr& expr);
    static std::string comparison(const Type& type);
    static std::string conversion(const Expr& expr, const Type& wanted);
    void want(const Expr& expr, const Type& wanted);

    std::vector<Problem> take_problems();
    std::uint32_t most_locals() const { return most_locals_; }

private:
    struct Local {
        std::string name;
        Type type;
    };

    void check_parts(Expr& expr);
    void name(Expr& expr);
    bool resolve(Expr& expr, const std::string& path, bool root);
    void select(Expr& expr);
    void member_of_record(Expr& expr);
    void select_type(Expr& expr);
    void index(Expr& expr);
    void call(Expr& expr);
    bool namespaced(Expr& expr);
    void overloads(Expr& expr);
    void no_overload(Expr& expr, const std::vector<Overload>& candidates);
    void unknown_function(Expr& expr);
    void list(Expr& expr);
    void map(Expr& expr);
    void binary(Expr& expr);
    void boolean_parts(Expr& expr, std::string_view sign);
    void conditional(Expr& expr);
    void negate(Expr& expr);
    void loop(Expr& expr);
    Type loop_type(const Expr& expr, const Type& key, const Type& element);
    void bind(Expr& expr);
    void opt_map(Expr& expr);
    void wanted_bool(const Expr& part, std::string_view who);

    std::uint32_t push(std::string name, Type type);
    void pop(std::size_t count) { locals_.resize(locals_.size() - count); }
    const Local* local(std::string_view name, std::uint32_t& place) const;
    std::vector<std::string_view> known_names() const;
    std::string meant_by(const Expr& expr) const;
    std::string names_here() const;
    void report(Expr& at, std::string message, std::string remedy = {});
    void report_unknown(Expr& at, std::string message, std::string remedy);
    void report_at(std::uint32_t offset, std::uint32_t length, std::string message, std::string remedy);

    const Scope& scope_;
    Checking checking_;
    std::vector<Local> locals_;
    std::uint32_t most_locals_ = 0;
    std::vector<Problem> problems_;
};

}  // namespace flowrun::expr
