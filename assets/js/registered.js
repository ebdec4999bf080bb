// Lanterna is registered: the LMS that opened this page closes it (LTI Dynamic Registration 1.0,
// section 3.7). It holds no secret, and who listens is not known before: any origin may hear it.

const lms = window.opener ?? window.parent;
lms.postMessage({ subject: 'org.imsglobal.lti.close' }, '*');
