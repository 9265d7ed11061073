// Package emulation runs both emulators as one world with people in it: filled with a believable company, served over real
// sockets, and steered through a control endpoint by whoever plays the people (a test, a script, the demo).
//
// It knows how the emulators are filled, which faults they have between them and how a client is told to connect. It refuses to
// know any client, the engine and the store: whatever can speak to RAYNET and to Microsoft Graph can use it.
//
// Start reading at New, then World.Serve; control.go is the control endpoint, faults.go the catalogue of both services.
package emulation
