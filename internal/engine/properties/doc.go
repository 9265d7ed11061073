// Package properties holds no code: its tests state what must hold of every decision, and look for a case in which it does not.
//
// A case is two things that were in step and were then changed on both sides, drawn at random but correlated. It is decided,
// the steps are carried out as if every one succeeded, and it is decided again, until nothing is left to do. Start reading at
// world_test.go; the properties of one thing are in single_test.go, those of many in many_test.go, the table of one field in
// table_test.go. TestProperties runs them all, for as long as PROPERTIES_FOR says; each is shown in wrong_test.go to catch a
// planner that is wrong on purpose.
package properties
