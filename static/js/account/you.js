// Name, address and password.

/** @type {Send} */
export const saveName = async (_form, { call }, { display_name: typed = "" }) => {
  await call("PATCH", "profile", { display_name: typed.trim() });
  return "Your name is saved.";
};

/** @type {Send} */
export const saveEmail = async (_form, { call }, { email = "" }) => {
  const { message } = await call("POST", "email", { email: email.trim() });
  return message;
};

/** @type {Act} */
export const sendLink = async (_button, { call }) => {
  await call("POST", "email/verification");
  return "A new link is on its way. The ones before it no longer work.";
};

/** @type {Act} */
export const dropEmail = async (_button, { call }) => {
  await call("DELETE", "email");
  return "The new address is dropped. Everything stays as it is.";
};

/** @type {Send} */
export const savePassword = async (_form, { call }, { password }) => {
  await call("POST", "password", { password });
  return "Your password is changed. Every other device is signed out.";
};
