package simulator

// Checkers lists the invariants of the design (section 7) in their order. Each has a checker that looks at a history from the outside.
func Checkers() []string {
	return []string{"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12"}
}
