// Package entra registers applications in Microsoft Entra ID in the name of an administrator who signs in with a device code.
//
// It knows the sign-in, applications, service principals, their permissions, secrets and certificates. It refuses to know in
// which order they are made, how long to wait for one to be known everywhere, and what to do about a refusal: that is package
// admin's. The administrator's token lives in the memory of one Client and is never shown.
//
// Start reading at Client; signin.go is the device code, application.go what is registered, errors.go what refusals mean.
package entra
