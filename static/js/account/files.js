// Hands the person a file that the page has made.

/** @type {(name: string, type: string, text: string) => void} */
export const offerFile = (name, type, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
};
