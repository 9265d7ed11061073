// Package vouch lets people sign in with Microsoft: it sends them to the authority of their tenant, takes them back, and says
// who they are after checking everything that the authority asserts.
//
// It knows OpenID Connect as Entra ID speaks it: the authorisation code flow with PKCE, the same registration and the same
// secret or certificate as the synchronisation. It refuses to know what somebody may do here and how pages look. No token
// leaves it: what is kept of a sign-in is the person's object id and the name they sign in with.
//
// Start reading at Client.Ask and Client.Answer.
package vouch
