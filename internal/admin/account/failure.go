package account

// Failure is a use-case that could not be done for a reason that a person can act on. Its text is in the locale files under
// "failure.<Code>"; Args fill in the text's placeholders.
type Failure struct {
	Code string
	Args map[string]any
}

// The codes of failures.
const (
	FailureLogin    = "wrong-login"        // the name or the password is wrong; it is not told which one
	FailureSlow     = "slow-down"          // too many tries: Seconds
	FailureWeak     = "weak-password"      // Why is a Weakness; Min, Max
	FailureLink     = "used-link"          // the one-time link was used, was replaced or has ended
	FailureLast     = "last-administrator" // nobody would be left who can do everything
	FailureUnknown  = "unknown-account"    // Name
	FailureTaken    = "taken-name"         // Name
	FailureName     = "bad-name"           // Name
	FailureRole     = "bad-role"           // Role
	FailureLanguage = "bad-language"       // Lang
)

// Error returns the code.
func (f *Failure) Error() string { return f.Code }

// FailureCodes returns every code of this package.
func FailureCodes() []string {
	return []string{FailureLogin, FailureSlow, FailureWeak, FailureLink, FailureLast, FailureUnknown, FailureTaken, FailureName, FailureRole,
		FailureLanguage}
}
