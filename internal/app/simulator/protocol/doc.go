// Package protocol drives the product's write protocol through every combination of up to a number of deviations: at each step at
// which it asks the database or a service for something, the process may die, a commit may be refused or its answer lost, a
// request may get lost, land late or be refused, its answer may get lost, a look-up may not see yet what is there, and a person may
// edit, delete or copy what lies on either side.
//
// What is driven is the real engine (engine.Engine with plan and apply) over a store and two services that are as small as they can
// be while everything that the protocol relies on is in them: keys, stamps, versions, conditional writes on one side and none on
// the other. It refuses to know how the engine works: its checks read the services, the journal and the order in which requests
// left. One vector of deviations is one history, so that a history that ends badly is repeated from its name.
//
// Start reading at Run; what is lived is in history.go, where it begins in scenario.go, what may go wrong in deviation.go, what
// must hold in check.go, and which row of the failure table is proven by which branch of the protocol in rows.go.
package protocol
